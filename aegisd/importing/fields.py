"""The fields of a mapping that somebody else wrote, read one by one; what is wrong or left over is noted.

Nothing raises because of a value: a file is imported as far as it can be, and says what could not.
"""

from collections.abc import Mapping
from typing import Any

from aegisd.importing.draft import Draft, plain


class Fields:
    """`values` of the mapping called `place`; `draft` hears what is wrong. Nothing is left when `values` is none."""

    def __init__(self, values: object, place: str, draft: Draft) -> None:
        self._left: dict[Any, Any] = dict(values) if isinstance(values, Mapping) else {}
        self._place = place
        self._draft = draft
        if values is not None and not isinstance(values, Mapping):
            draft.note(f"{place} is no mapping and was left out")

    def text(self, name: str, default: str = "") -> str:
        """A text; a number counts as one."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, str):
            return default if value is None else value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self._refuse(name, value, "text")
        return default

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number from `least` to `most`."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                self._refuse(name, value, "number")
                return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self._refuse(name, value, f"number from {least:g} to {most:g}")
            return default
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._refuse(name, value, "true or false")
        return False

    def texts(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """A list of texts."""
        value = self._left.pop(name, None)
        if value is None:
            return list(default)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return list(value)
        self._refuse(name, value, "list of texts")
        return list(default)

    def mapping(self, name: str) -> dict[str, Any]:
        """A mapping by texts."""
        value = self._left.pop(name, None)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return {str(key): inner for key, inner in value.items()}
        self._refuse(name, value, "mapping")
        return {}

    def items(self, name: str) -> list[Any]:
        """A list of anything."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, list):
            return list(value or ())
        self._refuse(name, value, "list")
        return []

    def finish(self) -> None:
        """Note what nobody asked for: it had no meaning there either."""
        for name in self._left:
            self._draft.note(f"{self._place} had the unknown key {plain(name)!r}: it was ignored there, too")

    def _refuse(self, name: str, value: object, kind: str) -> None:
        shown = "" if name in {"secret", "api_key"} else f" ({plain(value)[:60]})"
        self._draft.note(f"{self._place}.{name} is no {kind}{shown} and was left out")
