"""What doors ask beside the daemon itself: one value with the desks of single subjects."""

from typing import Any

from attrs import frozen

from aegisd.approval_desk import ApprovalDesk
from aegisd.executor_desk import ExecutorDesk
from aegisd.log_desk import LogDesk
from aegisd.page_desk import PageDesk
from aegisd.plugin_desk import PluginDesk
from aegisd.replay_desk import ReplayDesk
from aegisd.result_desk import ResultDesk
from aegisd.service_desk import ServiceDesk
from aegisd.telemetry_desk import TelemetryDesk


@frozen(kw_only=True)
class Desks:
    """One desk a subject."""

    approvals: ApprovalDesk
    executors: ExecutorDesk
    logs: LogDesk
    page: PageDesk
    plugins: PluginDesk
    replays: ReplayDesk
    results: ResultDesk
    services: ServiceDesk
    telemetry: TelemetryDesk

    async def show_status(self) -> dict[str, Any]:
        """Their part of the daemon's status."""
        return {
            "services": await self.services.list(),
            "approvals": self.approvals.list(),
            "telemetry": self.telemetry.show(),
        }
