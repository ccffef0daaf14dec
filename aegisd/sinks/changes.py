"""The deliveries that were tried, for those who watch: the newest thousand, read by everyone at their own place."""

from collections import Counter, deque

import trio

from aegisd.core.delivery import Delivery, DeliveryState

_KEPT = 1000


class Changes:
    """A reader that is too slow misses the oldest; nobody waits for it."""

    def __init__(self) -> None:
        self._kept: deque[Delivery] = deque(maxlen=_KEPT)
        self._grown = trio.Event()
        self.count = 0
        self.outcomes: Counter[tuple[str, str]] = Counter()

    def add(self, delivery: Delivery) -> None:
        """`delivery` was tried, and is now like this."""
        self._kept.append(delivery)
        self.count += 1
        outcome = "retry" if delivery.state is DeliveryState.PENDING else delivery.state.value
        self.outcomes[delivery.webhook, outcome] += 1
        self._grown.set()
        self._grown = trio.Event()

    async def wait_after(self, count: int) -> list[Delivery]:
        """What came after the first `count`, waited for."""
        while self.count <= count:
            await self._grown.wait()
        new = min(self.count - count, len(self._kept))
        return list(self._kept)[len(self._kept) - new :]
