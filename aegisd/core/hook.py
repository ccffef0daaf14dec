"""What passes between the HTTP door, the desk of webhooks and the store: a delivery on its way in, and as
it is kept."""

from collections.abc import Mapping

from attrs import field, frozen

Headers = tuple[tuple[str, str], ...]
"""Names in small letters and values, in the order of the request; bytes above ASCII as Latin-1."""


@frozen(kw_only=True)
class HookCall:
    """One `POST /hooks/NAME`, read to its end. `source` is the address of the client, or `unix`; `is_private` says that
    nobody can have listened: TLS, or it came from this machine."""

    trigger: str
    headers: Headers
    body: bytes = field(repr=False)
    source: str
    is_private: bool


@frozen(kw_only=True)
class HookAnswer:
    """What the sender is told. Below 300 it is about `run`, or says in `ignored` why there is none; `is_duplicate`: the
    run was started by an earlier delivery. Otherwise `detail`, `hint` and `code` become a problem."""

    status: int
    run: int | None = None
    ignored: str | None = None
    is_duplicate: bool = False
    detail: str = ""
    hint: str | None = None
    code: str | None = None
    retry_after_s: int | None = None


@frozen(kw_only=True)
class Admission:
    """Whether a body is worth reading: `refusal` says no, else at most `max_body` bytes of it are taken."""

    max_body: int = 0
    refusal: HookAnswer | None = None


@frozen(kw_only=True)
class Delivery:
    """A proven delivery as the store keeps it. `outcome` is `run`, `ignored` or `failed`; `reason` says why no run.

    `keys` are what another delivery would have in common with this one if it were the same; only those that started a
    run count. `body` is None once it is let go, and for a replay, whose `replay_of` has it.
    """

    trigger: str
    time: str
    outcome: str
    id: int = 0
    reason: str | None = None
    run: int | None = None
    event: str | None = None
    source: str = ""
    size: int = 0
    replay_of: int | None = None
    by: str | None = None
    keys: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes | None = field(default=None, repr=False)
