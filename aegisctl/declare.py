"""How a verb says what it takes: the one source of parsing, `--help`, the reference page and (later) completions.

Plain classes: `typing` and `dataclasses` would cost `aegisctl status` more time than talking to the daemon does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Flag:
    """A flag. Without a `metavar` it is a switch; `optional` is the value of a flag that was given without one."""

    def __init__(
        self,
        *names: str,
        help: str,
        metavar: str | None = None,
        choices: Sequence[str] = (),
        repeat: bool = False,
        parse: Callable[[str], Any] = str,
        optional: str | None = None,
    ) -> None:
        self.names = names
        self.help = help
        self.metavar = metavar or ("|".join(choices) if choices else None)
        self.choices = tuple(choices)
        self.repeat = repeat
        self.parse = parse
        self.optional = optional

    @property
    def key(self) -> str:
        """The name under which `Given` knows it: the long name."""
        return self.names[-1].lstrip("-")

    @property
    def usage(self) -> str:
        """`-n, --lines N`, as help shows it."""
        names = ", ".join(self.names)
        if self.metavar is None:
            return names
        return f"{names}[={self.metavar}]" if self.optional is not None else f"{names} {self.metavar}"


class Positional:
    """An argument without a flag. `count` is "1", "?", "*" or "+"; only the last one of a verb may take several."""

    def __init__(self, name: str, *, help: str, count: str = "1", choices: Sequence[str] = ()) -> None:
        self.name = name
        self.help = help
        self.count = count
        self.choices = tuple(choices)

    @property
    def usage(self) -> str:
        """`RUN`, `[STEP]`, `[KEY=VAL...]`."""
        return {"1": self.name, "?": f"[{self.name}]", "*": f"[{self.name}...]", "+": f"{self.name}..."}[self.count]


class Verb:
    """A verb: what it is for, two to four examples, what it takes, and the fields of its JSON."""

    def __init__(
        self,
        name: str,
        *,
        group: str,
        summary: str,
        examples: Sequence[tuple[str, str]],
        positionals: Sequence[Positional] = (),
        flags: Sequence[Flag] = (),
        fields: Sequence[str] = (),
        text: str = "",
    ) -> None:
        self.name = name
        self.group = group
        self.summary = summary
        self.examples = tuple(examples)
        self.positionals = tuple(positionals)
        self.flags = tuple(flags)
        self.fields = tuple(fields)
        self.text = text


class Given:
    """What the user gave: values by the long name of a flag, or by the name of a positional."""

    def __init__(self, verb: Verb, values: dict[str, Any]) -> None:
        self.verb = verb
        self._values = values

    def switch(self, name: str) -> bool:
        """Whether a switch was given."""
        return bool(self._values.get(name))

    def value(self, name: str) -> Any:
        """The parsed value of a flag, None when it was not given."""
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """One text, None when it was not given."""
        value = self._values.get(name)
        return None if value is None else str(value)

    def texts(self, name: str) -> list[str]:
        """All the texts of what may be repeated."""
        value = self._values.get(name, [])
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]
