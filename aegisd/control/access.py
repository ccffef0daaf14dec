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


def refuse_token() -> CallError:
    """What the owner of a token is told that is not valid."""
    hint = "a step's $AEGIS_TOKEN is good while its program runs, and for the aegisd that started it"
    return CallError("PermissionDenied", "the token is not that of a step that is executing", hint=hint)


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
