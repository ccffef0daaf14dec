"""Who may change things. Pure: names were resolved before. Who can connect may read; the socket's mode decides that."""

from attrs import frozen

from aegisd.control.peer import Peer
from aegisd.wire.errors import CallError


@frozen(kw_only=True)
class Operators:
    """Who may change things: `groups` (name to gid) and `users` (name to uid) as configured, and `always` (uids)."""

    groups: dict[str, int]
    users: dict[str, int]
    always: frozenset[int]


def is_operator(peer: Peer, operators: Operators) -> bool:
    """Whether `peer` may change things."""
    return (
        peer.uid in operators.always
        or peer.uid in operators.users.values()
        or not peer.groups.union({peer.gid}).isdisjoint(operators.groups.values())
    )


def refuse_reader(peer: Peer, operators: Operators, *, method: str) -> CallError:
    """What a reader is told who called `method`."""
    verb = method.rpartition(".")[2]
    allowed = [f'members of "{name}"' for name in operators.groups]
    allowed += [name for name in operators.users if name not in operators.groups]
    who = f"{' and '.join(allowed)} may" if allowed else "only root and the daemon's own user may"
    hint = None
    if operators.groups:
        hint = f"ask an admin:  sudo usermod -aG {next(iter(operators.groups))} {peer.name}   then log in again"
    message = f"{verb} refused: you ({peer.name}) may read but not change things here; {who}"
    return CallError("PermissionDenied", message, hint=hint)


def refuse_token() -> CallError:
    """What a client is told whose token is not valid."""
    message = "the token is not valid: the attempt that it belongs to has ended, or is another aegisd's"
    return CallError("PermissionDenied", message, hint="outside of a step:  unset AEGIS_TOKEN")
