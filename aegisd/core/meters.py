"""What is counted of the timeline since aegisd started: events by type, how long runs took and waited, what failed.

The one source of `/metrics` and of the metrics that are exported. Labels are bounded: never a run, a commit or a
branch, and workflows and types beyond a number of them are counted together as `other`.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from attrs import define, field

from aegisd.core import events
from aegisd.core.events import EVENT_TYPES, Event
from aegisd.core.model import Result

BOUNDS: tuple[float, ...] = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600)
"""The upper bounds of the histograms, in seconds."""

OTHER = "other"
_MOST_WORKFLOWS = 500
_BROKEN = frozenset({Result.FAILURE, Result.ERROR, Result.TIMEOUT})


@define
class Histogram:
    """Durations in seconds; `counts` are those of each bound, not cumulative, and of all beyond the last one."""

    bounds: Sequence[float] = BOUNDS
    counts: list[int] = field(factory=list)
    total: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts)

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Meters:
    """See the module. `since` is when counting began (RFC 3339)."""

    def __init__(self, *, since: str) -> None:
        self.since = since
        self.events: Counter[str] = Counter()
        self.durations: dict[tuple[str, str], Histogram] = {}  # by workflow and result
        self.waits: dict[str, Histogram] = {}  # by workflow
        self.errors: Counter[tuple[str, str]] = Counter()  # steps that did not pass, by workflow and result
        self.system_errors = 0
        self._workflows: set[str] = set()

    def take(self, event: Event) -> None:
        """Count `event`."""
        self.events[_name_type(event.type)] += 1
        if event.workflow is None:
            return
        data = event.data
        if isinstance(data, events.WorkflowStarted):
            self.waits.setdefault(self._name(event.workflow), Histogram()).add(data.queued_s)
        elif isinstance(data, events.WorkflowCompleted):
            key = self._name(event.workflow), data.result.value
            self.durations.setdefault(key, Histogram()).add(data.duration_s)
            self.system_errors += data.result is Result.ERROR
        elif isinstance(data, events.StepCompleted) and data.result in _BROKEN:
            self.errors[self._name(event.workflow), data.result.value] += 1

    def _name(self, workflow: str) -> str:
        if workflow not in self._workflows:
            if len(self._workflows) >= _MOST_WORKFLOWS:
                return OTHER
            self._workflows.add(workflow)
        return workflow


def _name_type(name: str) -> str:
    """The type of an event as a label: users may make up as many as they like."""
    return name if name in EVENT_TYPES else "custom" if name.startswith("custom.") else OTHER
