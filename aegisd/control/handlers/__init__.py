"""One file per method of the control socket: it translates between a call and the daemon, nothing else."""
