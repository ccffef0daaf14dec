"""A client of the control socket as the kernel describes it."""

from attrs import frozen


@frozen(kw_only=True)
class Peer:
    """`groups` are the supplementary ones that the client had when it connected; `name` is for people and records."""

    pid: int
    uid: int
    gid: int
    groups: frozenset[int] = frozenset()
    name: str
