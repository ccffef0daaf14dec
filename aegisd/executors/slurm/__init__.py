"""Steps on a cluster under Slurm: the scheduler's commands, one poller, and the two ways in which jobs hang together
with aegisd. Only what Slurm 22.05 and later say in plain text is used: `--json` takes seconds there and ignores
filters."""
