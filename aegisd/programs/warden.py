"""The warden: a small process of its own that ends a tree of cgroups when aegisd is gone, whatever ended aegisd.

Its argument is the cgroup, its standard input the read end of a pipe. Only aegisd holds the other end (the lifeline),
so the kernel reports its end, without a pid that could mean another process by then.
"""

import os
import signal

from aegisd.programs.cgroup_tree import end_tree

_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP)


def main(place: str) -> None:
    """Wait for the end of aegisd, then end the tree at `place`, however long the kernel takes."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    end_tree(place, patience=float("inf"))
