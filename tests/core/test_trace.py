"""Trace context: what a header means, and ids that come out the same for ever."""

import pytest
from attrs import evolve

from aegisd.core.trace import attempt_span, parse_traceparent, run_span, trace_of_run

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_a_header_is_read() -> None:
    """Trace, parent and whether it is kept; of a later version what is known of it."""
    for text, sampled in ((f"00-{TRACE}-{PARENT}-01", True), (f" 00-{TRACE}-{PARENT}-00 ", False)):
        context = parse_traceparent(text)
        assert context is not None
        assert (context.trace, context.parent, context.is_sampled) == (TRACE, PARENT, sampled)
        assert context.format() == text.strip()
    assert parse_traceparent(f"cc-{TRACE}-{PARENT}-01-what-comes-later") is not None


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "x" * 10_000,
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-0",
        f"00-{TRACE[:-1]}٣-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n00",
    ],
)
def test_what_means_nothing_is_no_context(text: str | None) -> None:
    """A broken header is as good as none."""
    assert parse_traceparent(text) is None


def test_ids_of_a_run() -> None:
    """Every store, run, step and attempt has ids of its own, which do not change; a given trace goes on."""
    own = trace_of_run(7, epoch="e", traceparent=None)
    assert own == trace_of_run(7, epoch="e", traceparent="nonsense")
    assert own.parent is None
    assert evolve(own, parent=PARENT).format() == f"00-{own.trace}-{PARENT}-01"
    given = trace_of_run(7, epoch="e", traceparent=f"00-{TRACE}-{PARENT}-01")
    assert (given.trace, given.parent) == (TRACE, PARENT)
    spans = {
        run_span(7, epoch="e"),
        run_span(8, epoch="e"),
        run_span(7, epoch="f"),
        *(attempt_span(7, epoch="e", index=index, attempt=attempt) for index in (0, 1) for attempt in (1, 2)),
    }
    assert len(spans) == 7
    assert all(len(each) == 16 for each in spans)
    assert len({own.trace, trace_of_run(8, epoch="e", traceparent=None).trace}) == 2
