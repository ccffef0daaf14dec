"""What a client of the control socket may cost."""

from attrs import frozen


@frozen(kw_only=True)
class Limits:
    """The bounds of the control socket; times in seconds.

    `message`: bytes of one request. A parameter becomes an environment variable, of which the kernel takes 128 KiB.
    `connections`: in all. `reserved` of them are for root and the daemon's own user.
    `per_user`: connections of anyone else.
    `whole_s`: a request that has begun is whole by then.
    `stalled_s`: a client that takes nothing for so long is dropped.
    `grace_s`: what calls and streams get to end in when the daemon stops.
    """

    message: int = 256 * 1024
    connections: int = 256
    reserved: int = 16
    per_user: int = 64
    whole_s: float = 10.0
    stalled_s: float = 30.0
    grace_s: float = 1.0
