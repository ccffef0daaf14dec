"""Every kind of event, one class of data each. The one list of what can happen; names are past participles.

An `Event` is numbered by the recorder and never changes. Its `data` is one of the classes of `EVENT_TYPES`; an event of
a type that this version does not know is read as `Unknown` and keeps its data. Each topic is a file: its classes, and
the union of them, which becomes a part of `EventData`.
"""

import typing
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import frozen

from aegisd.core.events.agent import AgentEvent
from aegisd.core.events.approval import (
    ApprovalEvent,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
)
from aegisd.core.events.artifact import ArtifactDeleted, ArtifactEvent, ArtifactRefused, ArtifactSaved
from aegisd.core.events.clarification import ClarificationEvent
from aegisd.core.events.custom import Custom
from aegisd.core.events.daemon import (
    ConfigRefused,
    ConfigReloaded,
    DaemonDrained,
    DaemonEvent,
    DaemonResumed,
    DaemonStarted,
    DaemonStopping,
)
from aegisd.core.events.gate import GateEvent
from aegisd.core.events.job import JobEvent, StepPlaced, StepSubmitted, StepWaiting
from aegisd.core.events.note import NoteEvent
from aegisd.core.events.run import (
    CancellationRequested,
    PhaseTransition,
    RunEvent,
    WorkflowCompleted,
    WorkflowQueued,
    WorkflowResumed,
    WorkflowStarted,
)
from aegisd.core.events.service import ServiceDown, ServiceEvent, ServiceUp
from aegisd.core.events.session import SessionEvent
from aegisd.core.events.step import (
    FailureDetected,
    StepAdopted,
    StepCompleted,
    StepEvent,
    StepInterrupted,
    StepRetrying,
    StepSkipped,
    StepStarted,
)
from aegisd.core.events.subscription import SubscriptionEvent, SubscriptionFailing, SubscriptionRecovered
from aegisd.core.events.task import TaskEvent
from aegisd.core.events.token import TokenCreated, TokenEvent, TokenRevoked
from aegisd.core.events.trigger import TriggerEvent, TriggerMissed
from aegisd.core.events.verification import VerificationEvent
from aegisd.core.events.webhook import (
    WebhookDisabled,
    WebhookDropped,
    WebhookEnabled,
    WebhookEvent,
    WebhookExhausted,
    WebhookFailing,
    WebhookRecovered,
    WebhookReplayed,
)
from aegisd.core.events.workspace import WorkspaceEvent

__all__ = [
    "EMITTABLE",
    "EVENT_TYPES",
    "ApprovalExpired",
    "ApprovalGranted",
    "ApprovalRejected",
    "ApprovalRequested",
    "ArtifactDeleted",
    "ArtifactRefused",
    "ArtifactSaved",
    "CancellationRequested",
    "ConfigRefused",
    "ConfigReloaded",
    "Custom",
    "DaemonDrained",
    "DaemonResumed",
    "DaemonStarted",
    "DaemonStopping",
    "Event",
    "EventData",
    "FailureDetected",
    "PhaseTransition",
    "ServiceDown",
    "ServiceUp",
    "StepAdopted",
    "StepCompleted",
    "StepInterrupted",
    "StepPlaced",
    "StepRetrying",
    "StepSkipped",
    "StepStarted",
    "StepSubmitted",
    "StepWaiting",
    "SubscriptionFailing",
    "SubscriptionRecovered",
    "TokenCreated",
    "TokenRevoked",
    "TriggerMissed",
    "Unknown",
    "WebhookDisabled",
    "WebhookDropped",
    "WebhookEnabled",
    "WebhookExhausted",
    "WebhookFailing",
    "WebhookRecovered",
    "WebhookReplayed",
    "WorkflowCompleted",
    "WorkflowQueued",
    "WorkflowResumed",
    "WorkflowStarted",
]


@frozen(kw_only=True)
class Unknown:
    """The data of an event of a later version."""

    type: ClassVar[str] = "unknown"
    fields: Mapping[str, Any]


ReportEvent = (
    SessionEvent
    | TaskEvent
    | AgentEvent
    | GateEvent
    | WorkspaceEvent
    | VerificationEvent
    | ClarificationEvent
    | NoteEvent
)

EventData = (
    DaemonEvent
    | RunEvent
    | StepEvent
    | JobEvent
    | ArtifactEvent
    | TokenEvent
    | TriggerEvent
    | SubscriptionEvent
    | WebhookEvent
    | ServiceEvent
    | ApprovalEvent
    | ReportEvent
    | Custom
    | Unknown
)

EMITTABLE: dict[str, type[Any]] = {kind.type: kind for kind in typing.get_args(ReportEvent)}
"""What users and steps may tell of. The other types are aegisd's own: a run is the fold of them."""

EVENT_TYPES: dict[str, type[Any]] = {
    kind.type: kind for kind in typing.get_args(EventData) if kind not in (Custom, Unknown)
}


@frozen(kw_only=True)
class Event:
    """A fact about a run or the daemon. `seq` is host-wide without holes, `id` a UUIDv7, `time` UTC (RFC 3339),
    `cause` the seq of the event that led to this one; `index` counts the steps of a workflow from 0."""

    seq: int
    id: str
    type: str
    time: str
    data: EventData
    workflow: str | None = None
    run: int | None = None
    step: str | None = None
    index: int | None = None
    attempt: int | None = None
    phase: str | None = None
    cause: int | None = None
