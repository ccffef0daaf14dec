"""What flags and arguments mean: counts, durations, times, `KEY=VAL`, selectors of runs."""

from __future__ import annotations

from aegisctl.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from aegisctl.client import Client


def count(text: str) -> int:
    """A number of things, 0 or more."""
    if not text.isdecimal():
        message = f"{text!r} is not a whole number"
        raise ValueError(message)
    return int(text)


def duration(text: str) -> float:
    """Seconds of `90`, `90s`, `10m`, `1h30m`."""
    from aegisd.wire.units import parse_duration  # noqa: PLC0415 - few calls have a duration

    return parse_duration(text)


def when(text: str) -> str:
    """A point in time as RFC 3339 in UTC; see `aegisctl help time`."""
    from aegisctl.when import parse_when  # noqa: PLC0415 - few calls have a time

    return parse_when(text)


def pattern(text: str) -> str:
    """A regular expression, checked."""
    import re  # noqa: PLC0415 - only for --grep

    try:
        re.compile(text.encode("utf-8", "surrogateescape"))
    except re.error as error:
        message = f"{text!r} is not a regular expression: {error}"
        raise ValueError(message) from None
    return text


def key_values(words: Sequence[str]) -> dict[str, str]:
    """Parameters of a workflow from `KEY=VAL` words; the last of two with one key counts."""
    values = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise Failure(
                "usage", f"{word!r} is not KEY=VAL", hint="parameters look like  target=http://localhost:3000"
            )
        values[key] = value
    return values


def outgoing_number(text: str) -> int:
    """The number of a delivery to a webhook, from `d-2291` or `2291`."""
    number = text.removeprefix("d-")
    if not number.isdecimal() or len(number) > 15:
        raise Failure("usage", f"{text!r} is not a delivery", hint="deliveries look like  d-2291")
    return int(number)


def find_run(client: Client, selector: str | None) -> int:
    """The number of a run: `842` and `#842` need no daemon, all other selectors are its to resolve."""
    number = (selector or "").removeprefix("#")
    if number.isdecimal():
        return int(number)
    return int(client.call("FindRun", selector=selector)["run"])


def delivery_number(text: str) -> int:
    """The number of a webhook delivery."""
    if not text.isdecimal() or not 0 < int(text) < 2**62:
        raise Failure("usage", f"{text!r} is not the number of a delivery", hint="aegisctl triggers deliveries")
    return int(text)
