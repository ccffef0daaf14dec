"""`/runs`: the history, fifty a page, the newest first. All filters are in the URL; `before` is where the next page
begins."""

from aegis_web.page.view import Asked, Shown, View
from aegisd.core.record import RunFilter
from aegisd.moments import parse_moment

_PAGE = 50
RESULTS = ("success", "failure", "error", "timeout", "cancellation", "skip")
STATES = ("pending", "executing", "finalizing")
FILTERS = ("workflow", "result", "trigger", "by", "since", "until")


async def show_runs(asked: Asked) -> Shown:
    """See the module."""
    given = {name: asked.text(name) for name in FILTERS}
    before = asked.number("before", otherwise=0, most=2**53) or None if asked.text("before") else None
    wanted = read_filter(given, before=before, limit=_PAGE + 1, now=asked.now)
    runs = await asked.daemon.list_runs(wanted)
    values = {
        "runs": runs[:_PAGE],
        "more": runs[_PAGE - 1]["id"] if len(runs) > _PAGE else None,
        "given": given,
        "before": before,
        "results": RESULTS,
        "states": STATES,
        "workflows": list(asked.daemon.config.workflows),
        "is_filtered": any(given.values()),
    }
    words = "".join(f" --{name}={value}" for name, value in given.items() if value and name != "until")
    return Shown(
        title="Runs", values=values, follow="none" if before else "all", terminal=(f"aegisctl history{words}",)
    )


def read_filter(given: dict[str, str | None], *, before: int | None, limit: int, now: float) -> RunFilter:
    """The filters of the URL; a result may also be a state, such as `executing`. Raises CallError for a
    time that is none."""
    result = given["result"]
    return RunFilter(
        workflow=given["workflow"],
        results=(result,) if result in RESULTS else (),
        states=(result,) if result in STATES else (),
        triggers=(given["trigger"],) if given["trigger"] else (),
        by=given["by"],
        since=parse_moment(given["since"], name="since", now=now),
        until=parse_moment(given["until"], name="until", now=now),
        before=before,
        limit=limit,
    )


VIEW = View(name="runs", rule="/runs", template="runs.html", make=show_runs, nav="runs")
