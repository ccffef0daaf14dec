"""Triggers of type `webhook`: another program says over HTTP that something happened."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any

from attrs import evolve, field, frozen

from aegisd.config.reading import Reading
from aegisd.config.secret_sources import Unusable, read_secret_file
from aegisd.config.trigger_kind import TriggerKind
from aegisd.config.values import Path
from aegisd.core.schema import Kind, key
from aegisd.core.secret import decode_whsec

_GENERIC = ("header", "encoding", "id_header", "event_header")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_POINTER = re.compile(r"(/([^~/]|~[01])*)+")
_SHORTEST = 8


class Provider(StrEnum):
    """Whose deliveries they are, and so how they are signed."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    FORGEJO = "forgejo"
    STANDARD = "standard"
    GENERIC = "generic"


class Encoding(StrEnum):
    """How a signature is written."""

    HEX = "hex"
    PREFIXED = "sha256=hex"
    BASE64 = "base64"


@frozen(kw_only=True)
class WebhookSpec:
    """The keys of a trigger of type `webhook`. `secrets` are those of `secret` and `secret_file`."""

    provider: Provider = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "Who sends, and so how deliveries are signed. `standard` is Standard Webhooks; `generic` is an HMAC-SHA256 of "
        "the body in a `header` of your choice.",
        example='"github"',
    )
    secret: tuple[str, ...] = key(
        Kind.SECRETS,
        "What the sender signs with; while it is changed, a list of the old and the new one. At least 8 bytes; for "
        "`standard`, and for the signing token of GitLab, `whsec_` and base64. Written as `${NAME}` it comes from "
        "aegisd's environment or its systemd credentials.",
        example='"${GITHUB_HOOK_SECRET}"',
        default=(),
        default_text="none: `secret_file` must be given",
    )
    secret_file: str | None = key(
        Kind.PATH,
        "A file with the secret, or with one on each line. It belongs to root or to the user that aegisd runs as, and "
        "nobody else may read it. It is read again by a reload.",
        example='"/etc/aegis/secrets/github"',
        default=None,
        default_text="none",
    )
    events: tuple[str, ...] = key(
        Kind.TEXTS,
        "Which events start a run, as the sender calls them: `push`, `release`, or with their action "
        "`pull_request.opened`. Others are answered and ignored.",
        example='["push", "pull_request.opened"]',
        default=(),
        default_text="all",
    )
    branches: tuple[str, ...] = key(
        Kind.TEXTS,
        "Which branches start a run: for pull requests the one they go to. `*` stands for anything but `/`, `**` for "
        "anything. With `tags` and without `branches` no branch does.",
        example='["main", "release/*"]',
        default=(),
        default_text="all, unless `tags` is given",
    )
    tags: tuple[str, ...] = key(
        Kind.TEXTS,
        "Which tags start a run; patterns as in `branches`. With `branches` and without `tags` no tag does.",
        example='["v*"]',
        default=(),
        default_text="all, unless `branches` is given",
    )
    paths: tuple[str, ...] = key(
        Kind.TEXTS,
        "A push starts a run only if it touches one of these files; patterns as in `branches`. A push that does not "
        "list all of its files, and what is no push, passes.",
        example='["src/**", "pyproject.toml"]',
        default=(),
        default_text="all",
    )
    repos: tuple[str, ...] = key(
        Kind.TEXTS,
        "Which repositories start a run, by their full names; patterns as in `branches`.",
        example='["example/app"]',
        default=(),
        default_text="all that know the secret",
    )
    header: str | None = key(
        Kind.TEXT,
        "The header with the signature; for `generic` only, which must have it.",
        example='"X-Signature"',
        default=None,
        default_text="that of the provider",
    )
    encoding: Encoding = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "How the signature in `header` is written; for `generic` only.",
        example='"base64"',
        default=Encoding.HEX,
    )
    id_header: str | None = key(
        Kind.TEXT,
        "The header with the id of a delivery, the same when it is sent again; for `generic` only.",
        example='"X-Delivery-Id"',
        default=None,
        default_text="none: the same body is the same delivery",
    )
    event_header: str | None = key(
        Kind.TEXT,
        "The header with the name of the event; for `generic` only.",
        example='"X-Event"',
        default=None,
        default_text="none: deliveries have no event",
    )
    max_body: int = key(
        Kind.SIZE,
        "The largest body. A larger one is refused before it is read.",
        example='"4MiB"',
        default=2**20,
        minimum=1024,
        maximum=25 * 2**20,
        default_text='"1MiB"',
    )
    rate: float = key(
        Kind.NUMBER,
        "Deliveries a second, of each sender and of all together, over a while; five times as many may come at once. "
        "More are answered with 429.",
        example="2",
        default=10.0,
        minimum=0.01,
        maximum=10_000,
        default_text="10",
    )
    secrets: tuple[str, ...] = field(default=(), repr=False)


def check_webhook(reading: Reading, values: Mapping[str, Any], path: Path, where: str) -> None:
    """Note keys that belong to another provider, and what is no header and no place in a payload."""
    provider = values.get("provider")
    for name in _GENERIC:
        if name in values and provider not in {None, Provider.GENERIC}:
            at = (*path, name)
            message = f'`{name}` in {where} has no meaning with provider "{provider}"'
            reading.error("AEG248", message, reading.key(at), path=at, help='it belongs to provider = "generic"')
        elif name != "encoding" and values.get(name) is not None and not _HEADER.fullmatch(values[name]):
            at = (*path, name)
            message = f"`{name}` in {where}: {reading.raw(at)} is not the name of a header"
            reading.error("AEG248", message, reading.value(at), path=at)
    if provider is Provider.GENERIC and not values.get("header"):
        message = f'{where} lacks `header`, which provider "generic" needs'
        reading.error("AEG248", message, reading.key(path), path=path, help='header = "X-Signature"')
    for name, pointer in values.get("params", {}).items():
        if not pointer or (pointer.startswith("/") and not _POINTER.fullmatch(pointer)):
            at = (*path, "params", name)
            message = f"`params` in {where}: {reading.raw(at)} is no place in a payload"
            help_text = 'a key such as "after", or a JSON Pointer such as "/repository/full_name"'
            reading.error("AEG248", message, reading.value(at), path=at, help=help_text)


def find_secrets(reading: Reading, spec: WebhookSpec, path: Path, where: str) -> WebhookSpec:
    """`spec` with its secrets; one that has none, or unfit ones, is noted."""
    secrets, at = spec.secret, (*path, "secret")
    if spec.secret_file is not None:
        at = (*path, "secret_file")
        spec = evolve(spec, secret_file=str(FilePath(reading.directory, spec.secret_file)))
        secrets = (*secrets, *_read_file(reading, str(spec.secret_file), at, where))
    if reading.origins.keys().isdisjoint({at, (*path, "secret_file")}):
        message = f"{where} has no secret: everybody could start its runs"
        reading.error("AEG242", message, reading.key(path), path=path, help='secret_file = "/etc/aegis/secrets/NAME"')
    for secret in secrets:
        if wrong := _find_fault(secret, spec.provider):
            reading.error("AEG242", f"the secret of {where} {wrong}", reading.value(at), path=at)
    for place, _ in enumerate(spec.secret):
        _warn_of_text(reading, (*path, "secret"), place, where)
    return evolve(spec, secrets=secrets)


def _find_fault(secret: str, provider: Provider) -> str | None:
    if len(secret.encode()) < _SHORTEST:
        return f"is shorter than {_SHORTEST} bytes"
    if provider is Provider.STANDARD or (provider is Provider.GITLAB and secret.startswith("whsec_")):
        try:
            decode_whsec(secret)
        except ValueError as error:
            return f"is not one of Standard Webhooks: {error}"
    return None


def _warn_of_text(reading: Reading, path: Path, place: int, where: str) -> None:
    if path in reading.written or (*path, place) in reading.written:
        return
    message = f"the secret of {where} stands in the configuration, which more people read than need it"
    reading.warn("AEG244", message, reading.value(path), path=path, help='write "${NAME}", or use secret_file')


def _read_file(reading: Reading, name: str, path: Path, where: str) -> tuple[str, ...]:
    """The secrets in the file, one on each line; () with a problem noted."""
    try:
        text = read_secret_file(name, user_id=reading.around.user_id)
    except Unusable as error:
        wrong, help_text = str(error), error.help
    else:
        if lines := tuple(line for line in text.splitlines() if line.strip()):
            return lines
        wrong, help_text = "is empty", None
    reading.error("AEG243", f"`secret_file` in {where} {wrong}", reading.value(path), path=path, help=help_text)
    return ()


def _about(spec: WebhookSpec) -> str:
    parts = [str(spec.provider), ", ".join(spec.events), ", ".join((*spec.branches, *spec.tags))]
    return " ".join(part for part in parts if part)


WEBHOOK = TriggerKind(
    name="webhook",
    doc="Starts runs when another program says so: `POST /hooks/NAME`. Here `params` says where in the payload the "
    "value of a parameter is: the key of its outermost table, or a JSON Pointer such as `/repository/full_name`.",
    keys=WebhookSpec,
    label=lambda spec: str(spec.provider),
    about=_about,
    check=check_webhook,
    finish=find_secrets,
)
