"""Where the processes of steps live: this host, bare, contained and confined, and the executors that steps may name
(`types.py`)."""
