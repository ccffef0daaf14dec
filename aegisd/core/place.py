"""How far a subscription has come: what the store keeps of it."""

from attrs import frozen


@frozen(kw_only=True)
class Place:
    """Of the subscription `name`: events up to seq `done` need not be delivered again; `delivered` and `lost` (given
    up) count events since it began."""

    name: str
    done: int
    delivered: int = 0
    lost: int = 0
