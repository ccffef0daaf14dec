"""Points in time as clients write them: RFC 3339, or a duration back from now."""

import re
from datetime import UTC, datetime

from aegisd.timeline.identity import format_time
from aegisd.wire.errors import CallError
from aegisd.wire.units import parse_duration

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_HINT = 'a time such as "2026-11-21T08:00:31Z", or how long ago, such as "2h" or "90m"'


def parse_moment(text: str | None, *, name: str, now: float) -> str | None:
    """`text` in UTC with milliseconds, as in records. `now` is seconds since 1970. Raises CallError BadParameter."""
    if text is None:
        return None
    try:
        if _RFC3339.fullmatch(text):
            moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
            return moment.isoformat(timespec="milliseconds")[:-6] + "Z"
        return format_time(now - parse_duration(text))
    except (ValueError, OverflowError):
        message = f"{name}: {text!r} is not a time"
        raise CallError("BadParameter", message, hint=f"expected {_HINT}") from None
