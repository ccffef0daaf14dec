"""`[[webhooks]]`: where events are sent. Every file may have some; a name may be taken once.

The secrets are read here, so that a reload takes new ones and a configuration with a secret that cannot be had is
refused. No message says what a secret or an address holds.
"""

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, TypeVar

from attrs import evolve

from aegisd.config.decode import INVALID
from aegisd.config.reading import Reading
from aegisd.config.secret_sources import Unusable, is_open_to_others, read_credential, read_secret_file
from aegisd.config.table import Table, read_object
from aegisd.config.unfit import name_type
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.config.webhook_checks import (
    check_authorities,
    check_events,
    check_key,
    check_proxy,
    check_status,
    check_url,
    find_networks,
)
from aegisd.config.webhook_values import STATUS_EVENTS, On, WebhookConfig, WebhookFormat

T = TypeVar("T")

_MOST_KEYS = 2
_SOURCES = ("secret", "secret_file", "credential")


def read_webhooks(reading: Reading, value: Any, path: Path) -> Any:
    """The webhooks of one file by name."""
    if not isinstance(value, list):
        message = f"`webhooks` must be a list of tables, not {name_type(value)}"
        reading.error("AEG014", message, reading.value(path), path=path, help="begin each with [[webhooks]]")
        return INVALID
    found: dict[str, WebhookConfig] = {}
    places: dict[str, Path] = {}
    for place, each in enumerate(value):
        webhook = _read_webhook(reading, each, (*path, place))
        if webhook is None:
            continue
        if webhook.name in found:
            here = (*path, place, "name")
            message = f'two webhooks have the name "{show_name(webhook.name)}"'
            also = reading.place(reading.value((*places[webhook.name], "name")), "the first is here")
            reading.error("AEG226", message, reading.value(here), path=here, also=also)
            continue
        places[webhook.name] = (*path, place)
        found[webhook.name] = webhook
    for name, at in places.items():
        _name_place(reading, at, (*path, name))
    return found


def _read_webhook(reading: Reading, value: Any, path: Path) -> WebhookConfig | None:
    name = value.get("name") if isinstance(value, dict) else None
    where = f'webhook "{show_name(name)}"' if isinstance(name, str) else f"webhook {int(path[-1]) + 1}"
    reading.origins[path] = reading.origin(path)
    made = read_object(reading, Table(value=value, path=path, where=where), WebhookConfig)
    if made is INVALID or not isinstance(made, WebhookConfig):
        return None
    webhook = _complete(reading, made, value, path)
    for check in (check_url, check_proxy, check_events, check_status, check_authorities):
        check(reading, webhook, path)
    if not webhook.schedule:
        here = (*path, "schedule")
        reading.error("AEG015", f"the schedule of {where} is empty", reading.value(here), path=here)
    return webhook


def _complete(reading: Reading, webhook: WebhookConfig, value: dict[str, Any], path: Path) -> WebhookConfig:
    """With the defaults that depend on the format, and the secrets."""
    is_status = webhook.format is WebhookFormat.GITHUB_STATUS
    if is_status and "events" not in value:
        webhook = evolve(webhook, events=STATUS_EVENTS)
    if webhook.format is WebhookFormat.SLACK and "on" not in value:
        webhook = evolve(webhook, on=On.CHANGE)
    networks = find_networks(reading, webhook.allow_cidrs, path)
    files = tuple(str(FilePath(reading.directory, name)) for name in webhook.secret_file)
    webhook = evolve(webhook, allow_cidrs=networks, secret_file=files)
    return evolve(webhook, keys=_find_keys(reading, webhook, path))


def _find_keys(reading: Reading, webhook: WebhookConfig, path: Path) -> tuple[str, ...]:
    given = [name for name in _SOURCES if getattr(webhook, name)]
    if len(given) > 1:
        here = (*path, given[1])
        message = f"webhook {webhook.name} has both `{given[0]}` and `{given[1]}`"
        reading.error("AEG227", message, reading.key(here), path=here, help="a list of two is for changing a secret")
        return ()
    if not given:
        return ()
    source, place = given[0], (*path, given[0])
    if len(getattr(webhook, source)) > _MOST_KEYS:
        message = f"webhook {webhook.name} has more than two secrets: the one in use, and the next"
        reading.error("AEG015", message, reading.value(place), path=place)
    if source == "secret":
        _check_written(reading, webhook, place)
    folder = reading.around.environment.get("CREDENTIALS_DIRECTORY")
    readers: dict[str, Callable[[str], str]] = {
        "secret": str,
        "secret_file": lambda name: read_secret_file(name, user_id=reading.around.user_id),
        "credential": lambda name: read_credential(folder, name),
    }
    return tuple(_read_key(reading, webhook, each, readers[source], place) for each in getattr(webhook, source))


def _read_key(reading: Reading, webhook: WebhookConfig, text: str, read: Callable[[str], str], place: Path) -> str:
    """The secret that `text` stands for; empty where it cannot be had or used, which is noted."""
    source = str(place[-1])
    subject = f"the {source} of webhook {webhook.name}"
    try:
        found = read(text)
        check_key(found, is_token=webhook.format is WebhookFormat.GITHUB_STATUS)
    except Unusable as error:
        reading.error("AEG228", f"{subject} {error}", reading.value(place), path=place, help=error.help)
    except ValueError as error:
        reading.error("AEG229", f"the secret in {subject} cannot be used: {error}", reading.value(place), path=place)
    else:
        return found
    return ""


def _check_written(reading: Reading, webhook: WebhookConfig, place: Path) -> None:
    """A secret that stands in the file itself."""
    texts = [place, *((*place, number) for number in range(len(webhook.secret)))]
    if any(each in reading.written for each in texts):
        return
    message = f"webhook {webhook.name} has its secret in the file"
    help_text = 'secret_file = "/etc/aegis/secrets/NAME" (mode 0600), or secret = "${NAME}"'
    if is_open_to_others(reading.source.name):
        reading.error("AEG230", f"{message}, which others may read", reading.value(place), path=place, help=help_text)
    else:
        reading.warn("AEG231", message, reading.value(place), path=place, help=help_text)


def _name_place(reading: Reading, at: Path, named: Path) -> None:
    """Let places in the file be found by the name of the webhook too: places differ from file to file."""
    reading.index.keys[named] = reading.index.key(at)
    _move(reading.origins, at, named)
    _move(reading.written, at, named)


def _move(known: dict[Path, T], at: Path, named: Path) -> None:
    for path in [path for path in known if path[: len(at)] == at]:
        known[(*named, *path[len(at) :])] = known.pop(path)
