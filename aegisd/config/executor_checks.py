"""What the keys of an executor may not say, told with the place of the very value."""

from collections.abc import Mapping
from typing import Any

from aegisd.config.reading import Reading
from aegisd.config.unfit import is_variable
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.core.executor_keys import SLURM_PREFIXES

_OURS = "AEGIS_"
_HELP = {
    "SLURM_CONF": "say `conf`: jobs get it as SLURM_CONF",
    "PARTITION": "say `partition`",
    "ACCOUNT": "say `account`",
    "CONSTRAINT": "say `constraint`",
}


def check_env(reading: Reading, values: Mapping[str, Any], path: Path, where: str) -> None:
    """Note variables in `env` that no job may get, or that cannot be any."""
    for place, name in enumerate(values.get("env") or ()):
        at = (*path, "env", place)
        if not is_variable(name):
            message = f'`env` in {where}: "{show_name(name)}" cannot be the name of a variable'
            reading.error("AEG032", message, reading.value(at), path=at)
        elif name.startswith(SLURM_PREFIXES):
            message = f"`env` in {where}: no job gets {show_name(name)}, which Slurm's commands read as an option"
            reading.error("AEG399", message, reading.value(at), path=at, help=_advise(name))
        elif name.startswith(_OURS):
            message = f"`env` in {where}: {show_name(name)} is aegisd's own, and each step has its own `AEGIS_*`"
            reading.error("AEG399", message, reading.value(at), path=at, help="take it out")


def _advise(name: str) -> str:
    return _HELP.get(name) or _HELP.get(name.rpartition("_")[2]) or "take it out: Slurm's options are keys here"
