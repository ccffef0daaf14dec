"""The types of executors and the classes with their keys. A new type is a line here and one in `executors/types.py`."""

from collections.abc import Mapping

from aegisd.core.executor_keys import ExecutorKeys, LocalKeys, SlurmKeys

EXECUTOR_KINDS: Mapping[str, type[ExecutorKeys]] = {"local": LocalKeys, "slurm": SlurmKeys}

LIMITS_KEPT = frozenset({"local"})
"""The types that keep programs within `memory`, `cpus` and the like of a command, and its sandbox."""
