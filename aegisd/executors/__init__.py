"""Where the process of a command lives. `EXECUTORS` names what a step may ask for; a new one is a file and a line."""

from aegisd.executors.local import LocalExecutor

EXECUTORS = {"local": LocalExecutor}
