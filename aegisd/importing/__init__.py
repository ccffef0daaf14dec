"""`aegisctl import`: the configuration of another system as one of aegis. Runs offline, reads one file, writes one."""
