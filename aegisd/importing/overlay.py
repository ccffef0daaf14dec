"""`.aegis.ENV.yaml` beside a `.aegis.yaml`: what aegis_qa 0.2.0 lays over it for `--env ENV` or $AEGIS_ENV.

Tables are merged, at any depth; everything else, lists too, takes the place of what was there. Aegis has no overlays:
one host has one configuration, and what differs from host to host is in `${NAME}` or an `include`d file.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from aegisd.importing.draft import plain
from aegisd.importing.unreadable import UnreadableError

_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


def name_overlay(file: str, env: str) -> Path:
    """The overlay of `file` for `env`: `.aegis.staging.yaml` of `.aegis.yaml`. Raises UnreadableError."""
    if file == "-":
        message = "an overlay lies beside a file, and standard input is none"
        raise UnreadableError(message)
    if not _NAME.fullmatch(env):
        message = f"{plain(env)!r} is no name of an environment: letters, digits, _ and -"
        raise UnreadableError(message)
    path = Path(file)
    return path.with_name(f"{path.stem}.{env}{path.suffix}")


def list_overlays(file: str) -> list[str]:
    """The names of the environments that have an overlay of `file`, in order."""
    path = Path(file)
    if file == "-" or not path.parent.is_dir():
        return []
    head, tail = f"{path.stem}.", path.suffix
    names = (each.name for each in path.parent.iterdir() if each.name.startswith(head) and each.name.endswith(tail))
    found = (name.removeprefix(head)[: -len(tail) or None] for name in names if len(name) > len(head) + len(tail))
    return sorted(env for env in found if _NAME.fullmatch(env))


def lay_over(values: object, overlay: object) -> object:
    """`values` with `overlay` over it. Raises UnreadableError when the overlay is no table."""
    if overlay is None:
        return values
    if not isinstance(overlay, Mapping):
        message = "it is no table that could be laid over another one"
        raise UnreadableError(message)
    return _merge(values, overlay)


def _merge(values: object, overlay: object) -> object:
    if not isinstance(values, Mapping) or not isinstance(overlay, Mapping):
        return overlay
    return {**values, **{key: _merge(values[key], each) if key in values else each for key, each in overlay.items()}}
