"""How many may be connected, in all and of one user, so that nobody can keep the others out."""

from collections import Counter

from aegisd.control.limits import Limits


class Seats:
    """Counts connections by user. `privileged` ones have no limit of their own, but a reserve."""

    def __init__(self, limits: Limits, *, privileged: frozenset[int]) -> None:
        self._limits = limits
        self._privileged = privileged
        self._taken: Counter[int] = Counter()

    def take(self, uid: int) -> bool:
        """Whether one more connection of `uid` is allowed; counts it when it is."""
        total = self._taken.total()
        if uid in self._privileged:
            allowed = total < self._limits.connections
        else:
            room = total < self._limits.connections - self._limits.reserved
            allowed = room and self._taken[uid] < self._limits.per_user
        if allowed:
            self._taken[uid] += 1
        return allowed

    def give_back(self, uid: int) -> None:
        """A connection of `uid` has ended."""
        self._taken[uid] -= 1
        if not self._taken[uid]:
            del self._taken[uid]
