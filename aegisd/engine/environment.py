"""What a step finds in its environment: little of aegisd's own, what the workflow gives, and `AEGIS_*`.

aegisd's environment may hold secrets (`${NAME}` in the configuration comes from there), so a step inherits named
variables only. Everything else is given on purpose, in `env`.
"""

from collections.abc import Mapping

from aegisd.core.template import expand
from aegisd.core.trace import TraceContext
from aegisd.engine.order import RunOrder
from aegisd.helpers import FOLDER

INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_CACHE_HOME")
_INHERITED_PREFIX = "LC_"


def inherit(environment: Mapping[str, str], *, socket: str) -> dict[str, str]:
    """The part of aegisd's `environment` that every step gets; `socket` is where an `aegisctl` in a step connects."""
    kept = {
        name: value for name, value in environment.items() if name in INHERITED or name.startswith(_INHERITED_PREFIX)
    }
    kept.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return {
        **kept,
        "AEGIS": "1",
        "CI": "true",
        "GIT_TERMINAL_PROMPT": "0",
        "AEGIS_SOCKET": socket,
        "AEGIS_HELPERS": FOLDER,
    }


def describe_run(order: RunOrder, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment that all steps of a run share."""
    workflow_env = {name: expand(value, order.params) for name, value in order.workflow.env.items()}
    return {
        **inherited,
        **workflow_env,
        **{f"AEGIS_PARAM_{name.upper()}": value for name, value in order.params.items()},
        "AEGIS_RUN_ID": str(order.run),
        "AEGIS_WORKFLOW": order.workflow.name,
        "AEGIS_WORKSPACE": order.dir,
        "AEGIS_TRIGGER": order.trigger.kind,
        **_describe_trigger(order),
    }


def _describe_trigger(order: RunOrder) -> dict[str, str]:
    """What a webhook was about; the values were checked before they were recorded."""
    given = {
        "AEGIS_REF": order.trigger.ref,
        "AEGIS_SHA": order.trigger.sha,
        "AEGIS_TRIGGER_FILE": order.trigger_file,
        "AEGIS_TRIGGER_NAME": order.trigger.name if order.trigger.kind in {"timer", "webhook"} else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def describe_attempt(
    shared: Mapping[str, str], *, step: str, attempt: int, deadline: float | None, context: TraceContext
) -> dict[str, str]:
    """What one attempt adds: `AEGIS_DEADLINE` is in seconds since 1970 and absent when there is no limit; spans of the
    step's own become parts of that in `context`, the attempt's."""
    added = {
        "AEGIS_STEP": step,
        "AEGIS_ATTEMPT": str(attempt),
        "TRACEPARENT": context.format(),
        "PWD": shared["AEGIS_WORKSPACE"],
    }
    if deadline is not None:
        added["AEGIS_DEADLINE"] = f"{deadline:.3f}"
    return added
