"""Every view of the page, and the entries of its navigation."""

from aegis_web.page.about import VIEW as ABOUT
from aegis_web.page.compare import VIEW as COMPARE
from aegis_web.page.events import VIEW as EVENTS
from aegis_web.page.executors import VIEW as EXECUTORS
from aegis_web.page.overview import VIEW as OVERVIEW
from aegis_web.page.run import VIEW as RUN
from aegis_web.page.run_graph import VIEW as RUN_GRAPH
from aegis_web.page.runs import VIEW as RUNS
from aegis_web.page.services import VIEW as SERVICES
from aegis_web.page.step import LINES
from aegis_web.page.step import VIEW as STEP
from aegis_web.page.triggers import RECEIVED
from aegis_web.page.triggers import VIEW as TRIGGERS
from aegis_web.page.view import View
from aegis_web.page.webhooks import DELIVERY, WEBHOOK
from aegis_web.page.webhooks import VIEW as WEBHOOKS
from aegis_web.page.workflow import VIEW as WORKFLOW

VIEWS: tuple[View, ...] = (
    OVERVIEW,
    RUNS,
    RUN,
    RUN_GRAPH,
    COMPARE,
    STEP,
    LINES,
    EVENTS,
    WEBHOOKS,
    WEBHOOK,
    DELIVERY,
    SERVICES,
    EXECUTORS,
    TRIGGERS,
    RECEIVED,
    WORKFLOW,
    ABOUT,
)

_NAV = (
    ("overview", "/", "Overview"),
    ("runs", "/runs", "Runs"),
    ("events", "/events", "Events"),
    ("webhooks", "/webhooks", "Webhooks"),
    ("services", "/services", "Services"),
    ("triggers", "/triggers", "Triggers"),
)

NAV = tuple(entry for entry in _NAV if any(view.rule == entry[1] for view in VIEWS))
