"""W3C trace context: which trace a run belongs to, and the ids of its spans.

Ids are digests of what names a thing in this world: the store's epoch, the run, the step and the attempt. So a step is
told the id of its span before there is one, and years later the same ids come out of the events.
"""

import hashlib
import re

from attrs import frozen

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_LONGEST = 200


@frozen(kw_only=True)
class TraceContext:
    """A trace (32 hexadecimal digits) and the span in it that something is a part of (16; None: of none). `is_sampled`
    is false where whoever began the trace does not keep it."""

    trace: str
    parent: str | None = None
    is_sampled: bool = True

    def format(self) -> str:
        """As the header `traceparent`; the context must have a parent."""
        return f"00-{self.trace}-{self.parent}-{'01' if self.is_sampled else '00'}"


def parse_traceparent(text: str | None) -> TraceContext | None:
    """The context that a header `traceparent` gives; None when it is missing or means nothing, which is never an error
    (https://www.w3.org/TR/trace-context/)."""
    found = _HEADER.fullmatch(text.strip()) if text is not None and len(text) <= _LONGEST else None
    if found is None:
        return None
    version, trace, parent, flags, rest = found.groups()
    if version == "ff" or (version == "00" and rest) or not trace.strip("0") or not parent.strip("0"):
        return None
    return TraceContext(trace=trace, parent=parent, is_sampled=bool(int(flags, 16) & 1))


def trace_of_run(run: int, *, epoch: str, traceparent: str | None) -> TraceContext:
    """The trace of a run: the one that `traceparent` continues, or one of its own."""
    given = parse_traceparent(traceparent)
    return given or TraceContext(trace=_digest(f"{epoch}/runs/{run}", 16))


def run_span(run: int, *, epoch: str) -> str:
    """The id of the span of a run."""
    return _digest(f"{epoch}/runs/{run}/span", 8)


def attempt_span(run: int, *, epoch: str, index: int, attempt: int) -> str:
    """The id of the span of an attempt of step number `index`."""
    return _digest(f"{epoch}/runs/{run}/{index}/{attempt}", 8)


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
