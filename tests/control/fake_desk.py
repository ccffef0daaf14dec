"""The webhooks of the daemon in memory: answers like `aegisd.webhook_desk.WebhookDesk`."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from aegisd.core.delivery import DeliveryFilter
from aegisd.wire.errors import CallError

NOW = "2026-11-21T08:00:31.204Z"
TRY = {"time": NOW, "duration_s": 0.142, "status": 502, "error": None, "text": "Bad Gateway"}


class FakeDesk:
    """Has one webhook, "ci". `calls` are what changed something."""

    def __init__(self, calls: list[tuple[Any, ...]]) -> None:
        self.calls = calls
        self.asked: list[Any] = []

    def list_webhooks(self) -> list[dict[str, Any]]:
        """The one."""
        return [
            {
                "name": "ci",
                "url": "https://ci.example.org/hooks/•••",
                "format": "aegis",
                "events": ["*"],
                "state": "failing",
                "since": NOW,
                "error": "502",
                "by": None,
                "waiting": 2,
            }
        ]

    async def test(self, name: str) -> dict[str, Any]:
        """No answer."""
        self._check(name)
        self.calls.append(("test", name))
        known = {"url": "https://ci.example.org/", "type": "ping", "size": 145, "text": "no answer within 10 s"}
        return {**known, "success": False, "status": None, "error": "timeout", "duration_s": 10.0}

    async def enable(self, name: str, *, by: str) -> None:
        """Note the wish."""
        self._check(name)
        self.calls.append(("enable", name, by))

    async def disable(self, name: str, *, by: str, reason: str | None) -> None:
        """Note the wish."""
        self._check(name)
        self.calls.append(("disable", name, by, reason))

    async def list_deliveries(self, wanted: DeliveryFilter) -> list[dict[str, Any]]:
        """The one."""
        self.asked.append(wanted)
        return [show_delivery(7)]

    async def get_delivery(self, number: int) -> dict[str, Any]:
        """The one with everything."""
        if number != 7:
            text = f"there is no delivery d-{number}"
            error = CallError("NoSuchOutgoing", text)
            raise error
        return {"delivery": show_delivery(7), "tries": [TRY], "headers": ["webhook-id: msg_1"], "body": "{}"}

    async def follow_deliveries(self, *, webhook: str | None, failed: bool) -> AsyncGenerator[dict[str, Any], None]:
        """Two, and the end."""
        self.asked.append((webhook, failed))
        for number in (7, 8):
            yield show_delivery(number)

    async def redeliver(self, numbers: Sequence[int], *, by: str) -> int:
        """Note the wish."""
        self.calls.append(("redeliver", list(numbers), by))
        return len(numbers)

    async def redeliver_failed(self, *, webhook: str | None, since: str | None, by: str, dry: bool) -> int:
        """Note the wish."""
        self.calls.append(("redeliver_failed", webhook, since, by, dry))
        return 3

    async def replay(self, *, first: int, webhook: str | None, by: str, dry: bool) -> int:
        """Note the wish."""
        self.calls.append(("replay", first, webhook, by, dry))
        return 5

    def _check(self, name: str) -> None:
        if name != "ci":
            text = f'there is no webhook "{name}"'
            error = CallError("NoSuchWebhook", text)
            raise error


def show_delivery(number: int) -> dict[str, Any]:
    """A `Delivery` of the interface."""
    return {
        "id": number,
        "webhook": "ci",
        "event": "workflow.completed",
        "seq": 6,
        "run": 1,
        "state": "pending",
        "message": "msg_1",
        "attempts": 2,
        "most": 10,
        "queued_at": NOW,
        "finished_at": None,
        "next_at": NOW,
        "reason": None,
        "last": TRY,
    }
