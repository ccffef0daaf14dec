"""What a fake daemon answers about services, approvals, results and step types."""

from typing import Any

from attrs import define, field

from aegisd.page_desk import PageDesk
from aegisd.wire.errors import CallError

AT = "2026-11-21T08:00:31.204Z"


@define
class FakeDesks:
    """Answers like `aegisd.desk_set.Desks`. `calls` are what changed something or was asked."""

    calls: list[tuple[Any, ...]] = field(factory=list)

    async def show_status(self) -> dict[str, Any]:
        """Their part of the daemon's status."""
        return {"services": await self.services.list(), "approvals": self.approvals.list()}

    @property
    def services(self) -> "FakeServices":
        """The desk of services."""
        return FakeServices(self.calls)

    @property
    def approvals(self) -> "FakeApprovals":
        """The desk of approvals."""
        return FakeApprovals(self.calls)

    @property
    def results(self) -> "FakeResults":
        """The desk of results."""
        return FakeResults(self.calls)

    @property
    def executors(self) -> "FakeExecutors":
        """The desk of executors."""
        return FakeExecutors()

    @property
    def page(self) -> PageDesk:
        """The desk of the page, which a proxy serves."""
        return PageDesk(configured=lambda: "https://ci.example.org/")

    @property
    def plugins(self) -> "FakePlugins":
        """The desk of step types."""
        return FakePlugins()


@define
class FakeServices:
    """One service, which is down."""

    calls: list[tuple[Any, ...]]

    async def list(self, *, check: bool = False) -> list[dict[str, Any]]:
        """The service."""
        self.calls.append(("list_services", check))
        service = {"name": "qa", "url": "http://h", "description": "", "features": ["tests"], "state": "down"}
        nothing = {"repo_url": None, "docs_url": None, "latency_s": None}
        error = {"kind": "refused", "text": "qa: the connection was refused", "at": AT}
        return [{**service, **nothing, "since": AT, "checked_at": AT, "last_error": error}]


@define
class FakeApprovals:
    """One open question, of run 1."""

    calls: list[tuple[Any, ...]]

    def list(self) -> list[dict[str, Any]]:
        """The question."""
        asked = {"run": 1, "workflow": "release", "step": "ask", "message": "Release?"}
        return [{**asked, "asked_at": AT, "left_s": 3600.0}]

    async def decide(
        self, run: int, step: str | None, *, approve: bool, by: str, reason: str | None = None
    ) -> dict[str, Any]:
        """Note the decision."""
        if run != 1:
            text = f"run #{run} waits for no approval"
            error = CallError("NotPossible", text)
            raise error
        self.calls.append(("decide", run, step, approve, by, reason))
        return self.list()[0]


@define
class FakeResults:
    """Any data at all."""

    calls: list[tuple[Any, ...]]

    async def read(self, run: int, step: str) -> dict[str, Any]:
        """The data."""
        self.calls.append(("read", run, step))
        return {"total": 3, "failures": [{"name": "login"}]}


@define
class FakeExecutors:
    """One executor, which does not answer."""

    async def list(self) -> list[dict[str, Any]]:
        """The executor."""
        seen = {"state": "down", "detail": "", "nodes": {"idle": 2}, "waiting": 1, "running": 0}
        return [{"name": "farm", "type": "slurm", **seen, "last_error": "Unable to contact slurm controller"}]


@define
class FakePlugins:
    """One step type."""

    async def list(self) -> list[dict[str, Any]]:
        """The step type."""
        return [{"name": "command", "source": "built-in", "allowed": True}]
