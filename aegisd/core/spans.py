"""When the steps of a run waited, were carried out and paused: its events as spans of seconds since it began. Pure.

A clock that is set back or forward moves nothing: while the host stays up, places come from the seconds since its boot
that the events carry, and lengths from the monotonic clock. After a reboot the wall clock tells how long the host was
away, and never that time went back.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from attrs import define, evolve, field, frozen

from aegisd.core import events
from aegisd.core.model import Result


class Doing(StrEnum):
    """What a step does in a span: `ATTEMPT` is one execution, `ASK` one that waits for a person, `PAUSE` the time
    before the next one."""

    ATTEMPT = "attempt"
    ASK = "ask"
    PAUSE = "pause"


@frozen(kw_only=True)
class Span:
    """`start_s` and `end_s` count from the start of the run; without an end it goes on. `result` is of an attempt that
    has ended."""

    doing: Doing
    start_s: float
    end_s: float | None = None
    attempt: int = 1
    result: Result | None = None


Spans = Mapping[int, tuple[Span, ...]]
"""The spans of steps by their index, in the order of time. A step that did not begin has none."""


def find_spans(history: Iterable[events.Event]) -> Spans:
    """The spans of every step that began in `history`, the events of one run in order."""
    clock = _Clock()
    steps: dict[int, _Track] = {}
    for event in history:
        clock.hear(event)
        if event.index is None:
            continue
        if isinstance(event.data, events.StepStarted):
            is_asking = event.data.step_type == "approval"
            steps[event.index] = _Track(doing=Doing.ASK if is_asking else Doing.ATTEMPT)
            steps[event.index].begin(clock.place(event, event.data.boottime_s))
        elif event.index in steps:
            steps[event.index].hear(event, clock)
    return {index: tuple(track.spans) for index, track in steps.items()}


def find_end(spans: Spans) -> float:
    """The last moment that any of `spans` knows of; 0 without any."""
    return max((max(span.start_s, span.end_s or 0.0) for each in spans.values() for span in each), default=0.0)


def find_moments(history: Iterable[events.Event]) -> list[float]:
    """For each event of `history` how many seconds after the start of the run it was; 0 before that."""
    clock, found = _Clock(), []
    for event in history:
        clock.hear(event)
        found.append(clock.place(event, getattr(event.data, "boottime_s", None)))
    return found


@define
class _Clock:
    """Turns events into seconds since the run began; `latest` is the last place that was found. `zero` is the place of
    the last boot's beginning, None where only the wall clock is known."""

    began: float | None = None
    boot: str | None = None
    zero: float | None = None
    latest: float = 0.0

    def hear(self, event: events.Event) -> None:
        """Take up what an event about the run tells of the clock."""
        data = event.data
        if not isinstance(data, events.WorkflowStarted | events.WorkflowResumed):
            return
        if self.began is None:
            self.began = _parse(event.time)
        if data.boot_id is None or data.boot_id != self.boot:
            self.zero = None if data.boottime_s is None else self._by_wall(event) - data.boottime_s
            self.boot = data.boot_id
        self.place(event, data.boottime_s)

    def place(self, event: events.Event, boottime: float | None) -> float:
        """When `event` was, which carries `boottime`; never before an event that came first."""
        is_exact = boottime is not None and self.zero is not None
        at = (boottime or 0.0) + (self.zero or 0.0) if is_exact else self._by_wall(event)
        self.latest = max(self.latest, at)
        return self.latest

    def _by_wall(self, event: events.Event) -> float:
        return max(self.latest, 0.0 if self.began is None else _parse(event.time) - self.began)


@define
class _Track:
    """One step while its events come in."""

    doing: Doing
    spans: list[Span] = field(factory=list)

    def begin(self, at: float, attempt: int = 1) -> None:
        """An attempt begins."""
        self.spans.append(Span(doing=self.doing, start_s=at, attempt=attempt))

    def hear(self, event: events.Event, clock: _Clock) -> None:
        """Take up an event of this step."""
        match event.data:
            case events.StepRetrying() as data:
                failed_at = clock.place(event, data.boottime_s)
                end = self._end(data.failed.duration_s, data.failed.result)
                self._pause(end, max(end, failed_at) + data.delay_s, data.failed.attempt + 1)
            case events.StepInterrupted(cut=cut):
                end = self._end(cut.duration_s, cut.result)
                self._pause(end, max(end, clock.latest), cut.attempt + 1)
            case events.StepCompleted() as data:
                self._complete(data)

    def _end(self, took: float, result: Result) -> float:
        last = self.spans[-1]
        end = last.start_s + took
        self.spans[-1] = Span(doing=last.doing, start_s=last.start_s, end_s=end, attempt=last.attempt, result=result)
        return end

    def _pause(self, start: float, end: float, attempt: int) -> None:
        if end > start:
            self.spans.append(Span(doing=Doing.PAUSE, start_s=start, end_s=end, attempt=attempt))
        self.begin(end, attempt)

    def _complete(self, data: events.StepCompleted) -> None:
        """The end of the last attempt, which is that of the step: what came after its program belongs to it. One that
        was announced and never began is no span, and cuts its pause short."""
        last, end = self.spans[-1], self.spans[0].start_s + data.duration_s
        done = data.attempts[-1] if data.attempts else None
        if done is None or done.attempt >= last.attempt:
            self._end(max(end - last.start_s, done.duration_s if done else 0.0), data.result)
            return
        self.spans.pop()
        if self.spans[-1].doing is Doing.PAUSE:
            pause = self.spans[-1]
            self.spans[-1] = evolve(pause, end_s=min(max(end, pause.start_s), pause.end_s or end))


def _parse(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
