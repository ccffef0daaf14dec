"""`[services.NAME]`, and whether the services that steps name are there."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve

from aegisd.config.decode import INVALID, note_unfit
from aegisd.config.reading import Reading
from aegisd.config.service_values import ServiceConfig
from aegisd.config.slot import list_slots
from aegisd.config.table import Table, make_object, read_table
from aegisd.config.together import note_complaints
from aegisd.config.unfit import Unfit, check_name, name_type
from aegisd.config.values import Path
from aegisd.config.visible import join_names, show_name
from aegisd.core.model import Workflow

_MOST_SERVICES = 200


def read_services(reading: Reading, value: Any, path: Path) -> Any:
    """The services by name, those that are valid."""
    if not isinstance(value, dict):
        message = f"`services` must be a table of services, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help="begin with [services.NAME]")
        return INVALID
    found = {name: _read_service(reading, name, each, (*path, name)) for name, each in value.items()}
    return {name: service for name, service in found.items() if service is not INVALID}


def check_step_services(
    makers: Mapping[Path, Reading], workflows: Mapping[str, Workflow | None], services: Mapping[str, ServiceConfig]
) -> None:
    """Note the steps that name a service which no file defines. `makers` says which file defines what."""
    for name, workflow in workflows.items():
        for place, step in enumerate(workflow.steps if workflow else ()):
            service = getattr(step.spec, "service", None)
            if isinstance(service, str) and service not in services:
                path = ("workflows", name, "steps", place, "service")
                _refuse_unknown(makers["workflows", name], path, step.name, service, services)


def _read_service(reading: Reading, name: str, value: Any, path: Path) -> Any:
    try:
        check_name("a service", name, shown=f'"{show_name(name)}"', at_key=True)
    except Unfit as unfit:
        note_unfit(reading, path, unfit)
    where = f'service "{show_name(name)}"'
    reading.origins[path] = reading.origin(path)
    values = read_table(reading, Table(value=value, path=path, where=where), list_slots(ServiceConfig))
    note_complaints(reading, ServiceConfig, values, path, where)
    if "url" in values and (fault := find_url_fault(values["url"])):
        here = (*path, "url")
        message = f"`url` in {where} {fault}"
        reading.error("AEG280", message, reading.value(here), path=here, help='such as "http://127.0.0.1:8001"')
    service = make_object(ServiceConfig, values)
    return service if service is INVALID else evolve(service, url=service.url.rstrip("/"))


def find_url_fault(url: str) -> str | None:
    """What is wrong with the URL of a service, in words that follow its name; None when nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in {"http", "https"}:
        return "does not begin with http:// or https://"
    if not parts.hostname or any(not char.isprintable() or char.isspace() for char in url):
        return "names no host"
    if parts.username is not None or parts.password is not None:
        return "holds a user or password: use `api_key` or `headers`"
    if parts.query or parts.fragment or port == 0:
        return "has more than a host, a port and a path"
    return None


def _refuse_unknown(
    reading: Reading, path: Path, step: str, service: str, services: Mapping[str, ServiceConfig]
) -> None:
    near = reading.nearest(service, services)
    label = f'did you mean "{near}"?' if near else None
    known = f"services: {join_names(list(services))}" if services else "define it: [services.NAME] with a `url`"
    message = f'step "{show_name(step)}" calls the service "{show_name(service)}", which does not exist'
    reading.error("AEG281", message, reading.value(path), path=path, label=label, help=None if label else known)
