"""What is written and what is asked for: the values that pass between the timeline, the store and those who read
them."""

from collections.abc import Mapping

from attrs import field, frozen

from aegisd.core.codec import decode_event
from aegisd.core.delivery import NewDelivery, OutboxChange
from aegisd.core.event_filter import EventFilter
from aegisd.core.events import Event
from aegisd.core.hook import Delivery
from aegisd.core.model import RunSummary

__all__ = ["Batch", "Bounds", "EventFilter", "ForeignStoreError", "Record", "RunFilter", "StoreError", "StoredRecord"]


@frozen(kw_only=True)
class Record:
    """A numbered event with its JSON, encoded once."""

    event: Event
    body: bytes

    @property
    def seq(self) -> int:
        """Its number."""
        return self.event.seq


@frozen(kw_only=True)
class StoredRecord:
    """An event as the store gives it back: decoded only for those who look inside."""

    seq: int
    body: bytes

    @property
    def event(self) -> Event:
        """What the JSON says."""
        return decode_event(self.body)


@frozen(kw_only=True)
class Batch:
    """One transaction: events in order, the rows of the runs they changed, definitions (digest to JSON) not stored
    yet, webhook deliveries that runs were started for, and marks (name to text): what triggers must remember together
    with the events that they cause. `outgoing` are the deliveries that the events cause, `changes` what they tell of
    earlier ones."""

    records: tuple[Record, ...]
    runs: tuple[RunSummary, ...] = ()
    definitions: Mapping[str, bytes] = field(factory=dict)
    deliveries: tuple[Delivery, ...] = ()
    marks: Mapping[str, str] = field(factory=dict)
    outgoing: tuple[NewDelivery, ...] = ()
    changes: tuple[OutboxChange, ...] = ()


@frozen(kw_only=True)
class RunFilter:
    """Which runs a list shows, the newest first. Times as in EventFilter, compared with the creation of the run. With
    `before` only runs of lower numbers."""

    workflow: str | None = None
    results: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    by: str | None = None
    since: str | None = None
    until: str | None = None
    before: int | None = None
    limit: int = 20


@frozen(kw_only=True)
class Bounds:
    """Where the store stands: the newest event and run, and the oldest event that is still kept (0: none yet).
    `restored` is the time of the backup that it was restored from, and that no aegisd has taken over yet."""

    last_seq: int = 0
    first_seq: int = 0
    last_run: int = 0
    epoch: str = ""
    restored: str | None = None


class StoreError(Exception):
    """The store cannot read or write; the message says why and what to do."""


class ForeignStoreError(StoreError):
    """The file is none that this aegis may open, which another try would not mend."""
