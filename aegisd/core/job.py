"""What executors and the engine tell each other of a job: how it ended, and how an executor is. Free of any engine's
words."""

from enum import StrEnum

from attrs import frozen

from aegisd.core.confinement import Receipt, Usage


class EndKind(StrEnum):
    """How a job ended. Only `exited` with code 0 is a success; the last four are the infrastructure's."""

    EXITED = "exited"
    SIGNALED = "signaled"
    CANCELLED = "cancelled"
    LOST = "lost"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"


@frozen(kw_only=True)
class JobEnd:
    """A confirmed end. `code` with `exited`, `signal` (a name) with `signaled`, `reason` in words with the others.

    `cancelled`: somebody ended it, us or the engine. `lost`: it was running, and may still be. `rejected`: it never
    ran. `unconfirmed`: it has ended, and nobody can say how. `remark` says which limit ended the program.
    """

    kind: EndKind
    code: int | None = None
    signal: str | None = None
    reason: str = ""
    remark: str | None = None
    receipt: Receipt | None = None
    usage: Usage | None = None


@frozen(kw_only=True)
class Silence:
    """An engine that does not answer, for `seconds` now; `reason` is what was said instead."""

    seconds: float
    reason: str


@frozen(kw_only=True)
class Health:
    """How an executor is: `state` is up, down or unknown, `detail` says what was seen. `nodes` counts nodes by their
    state, `waiting` and `running` our own jobs; `last_error` is the last thing that went wrong, and stays."""

    state: str
    detail: str = ""
    nodes: dict[str, int]
    waiting: int = 0
    running: int = 0
    last_error: str | None = None
