"""`.aegis.yaml` of aegis_qa as a configuration of aegis.

What has no counterpart is named in a comment, and so is what means something else here.
"""

from collections.abc import Mapping
from typing import Any

from aegisd.importing.draft import ConfigDraft, Draft, plain
from aegisd.importing.fields import Fields
from aegisd.importing.names import adopt_name, adopt_text
from aegisd.importing.qa_steps import adopt_workflow
from aegisd.importing.qa_webhooks import adopt_webhook
from aegisd.importing.unreadable import UnreadableError

_KNOWN = ("aegis", "llm", "services", "workflows", "auth", "webhooks")
_RARE = ("history_db_path", "history_max_records", "event_log_size")
_TEXTS = ("description", "repo_url", "docs_url")
_MOST = 1_000_000


def adopt_config(values: object, *, source: str) -> ConfigDraft:
    """What `values`, the content of the file called `source`, says. Raises UnreadableError when it says nothing of
    aegis_qa."""
    if not isinstance(values, Mapping) or not any(key in values for key in (*_KNOWN, *_RARE)):
        message = f"it is no configuration of aegis_qa: it has none of {', '.join(_KNOWN)}"
        raise UnreadableError(message)
    draft = ConfigDraft()
    draft.head.note(
        f"Imported from {source}, a configuration of aegis_qa. Check it, then put it where aegisd reads it."
    )
    top = Fields(values, "the file", draft.head)
    _note_unused(top, draft.head)
    _put_daemon(top, draft.daemon)
    names: dict[str, str] = {}
    for key, entry in top.mapping("services").items():
        service = Draft()
        name = adopt_name(key, draft.services, otherwise="service")
        if _adopt_service(key, entry, service):
            names[key] = name
            draft.services[name] = service
            _note_name(service, key, name)
        else:
            draft.head.note(f"the service {plain(key)!r} has no address and was left out")
    for key, entry in top.mapping("workflows").items():
        name = adopt_name(key, draft.workflows, otherwise="workflow")
        draft.workflows[name] = adopt_workflow(key, entry, names)
        _note_name(draft.workflows[name].head, key, name)
    for number, entry in enumerate(top.items("webhooks"), 1):
        draft.webhooks.append(adopt_webhook(entry, number, [hook.values["name"] for hook in draft.webhooks]))
    top.finish()
    return draft


def _note_unused(top: Fields, head: Draft) -> None:
    """What aegis does otherwise, or what nothing ever read."""
    identity = Fields(top.mapping("aegis"), "aegis", head)
    name = identity.text("name")
    identity.text("version")
    identity.finish()
    if name:
        head.note(f"The title {plain(name)!r} was left out: the page shows the name of the host ([daemon] name).")
    if top.mapping("llm"):
        head.note("llm was left out: nothing but `config show` read it. A step that needs a model says so itself.")
    auth = Fields(top.mapping("auth"), "auth", head)
    if auth.text("api_key"):
        head.note(
            "The API key was left out. Make a token: aegisctl token new NAME --scope run. Clients send it as "
            "X-API-Key, as before. Without one nobody can change anything over HTTP."
        )
    auth.finish()
    if top.text("history_db_path"):
        head.note("history_db_path was left out: history is in state_dir, always. Old runs are not imported.")


def _put_daemon(top: Fields, daemon: Draft) -> None:
    kept = int(top.number("history_max_records", 0, least=0, most=_MOST))
    if kept:
        daemon.put("keep", {"runs": kept}, "per workflow, as there; what is older than 90 days goes too")
    size = int(top.number("event_log_size", 0, least=1, most=_MOST))
    if size:
        daemon.put("event_log_size", size, "events in memory; all of them are on disk")


def _adopt_service(key: str, values: Any, draft: Draft) -> bool:
    """Whether there is a service to speak of."""
    fields = Fields(values, f"services.{plain(key)}", draft)
    url, title = fields.text("url"), fields.text("name")
    if title and title != key:
        draft.note(f"it was called {plain(title)!r}: services go by one name everywhere")
    draft.put("url", adopt_text(url, "url", draft))
    health = fields.text("health_endpoint", "/health")
    if health != "/health":
        draft.put("health", adopt_text(health if health.startswith("/") else f"/{health}", "health_endpoint", draft))
    for name in _TEXTS:
        text = fields.text(name)
        if text:
            draft.put(name, adopt_text(text, name, draft))
    features = fields.texts("features")
    if features:
        draft.put("features", [adopt_text(text, "features", draft) for text in features])
    variable = fields.text("api_key_env")
    if variable:
        draft.put(
            "api_key", adopt_text(f"${{{variable}}}", "api_key_env", draft), "must be set; there it could be missing"
        )
    fields.finish()
    return bool(url)


def _note_name(draft: Draft, key: str, name: str) -> None:
    if key != name:
        draft.note(f"it was called {plain(key)!r}, which is no name here")
