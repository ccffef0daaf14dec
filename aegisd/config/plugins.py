"""`plugins` in `[daemon]`: step types of others, loaded before the rest of the configuration is read.

The main file decides: what an included file could name would be too late for the files before it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aegisd.config.reading import Reading
from aegisd.config.visible import show_text

LoadPlugin = Callable[[str], type[Any]]
"""Gives the class of keys of a plugin's step type. Raises whatever says why not."""


def load_plugins(reading: Reading, document: Mapping[str, Any], load: LoadPlugin | None) -> dict[str, type[Any]]:
    """The step types that the main file names, with the classes of their keys. What is wrong is noted."""
    daemon = document.get("daemon")
    names = daemon.get("plugins") if isinstance(daemon, dict) else None
    found: dict[str, type[Any]] = {}
    for place, name in enumerate(names if isinstance(names, list) else ()):
        if not isinstance(name, str):
            continue  # told when the section is read
        if name in reading.around.step_types:
            _refuse(reading, place, f'"{name}" is a step type of aegis itself and cannot be replaced')
        elif load is not None:
            try:
                found[name] = load(name)
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                _refuse(reading, place, str(error))
    return found


def refuse_included(reading: Reading, document: Mapping[str, Any]) -> None:
    """Note `plugins` in a file that another one includes."""
    daemon = document.get("daemon")
    if isinstance(daemon, dict) and "plugins" in daemon:
        path = ("daemon", "plugins")
        message = "`plugins` in [daemon] stands in a file that is included"
        reading.error("AEG289", message, reading.key(path), path=path, help="move it into the main file")


def _refuse(reading: Reading, place: int, why: str) -> None:
    path = ("daemon", "plugins", place)
    message = f"`plugins` in [daemon]: {show_text(why)}"
    reading.error("AEG288", message, reading.value(path), path=path, help="aegisctl plugins lists what there is")
