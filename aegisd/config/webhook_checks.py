"""What is checked of a webhook beyond the types of its keys: its address, its events, its secret, its authorities."""

from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from aegisd.config.reading import Reading
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.config.webhook_values import Targets, WebhookConfig, WebhookFormat
from aegisd.core.events import EVENT_TYPES
from aegisd.core.signing_key import SHORTEST, decode_key
from aegisd.core.targets import TargetPolicy, find_objection

_PORTS = {80, 443}


def check_url(reading: Reading, webhook: WebhookConfig, path: Path) -> None:
    """S34: an address that can be sent to. What it holds is not repeated: it may be secret."""
    place = (*path, "url")
    try:
        parts = urlsplit(webhook.url)
        fault = _find_fault(parts)
    except ValueError:
        parts, fault = None, "is not an address"
    if fault:
        message = f"the url of webhook {webhook.name} {fault}"
        reading.error(
            "AEG220", message, reading.value(place), path=place, help='such as "https://ci.example.org/hooks/aegis"'
        )
    elif parts is not None:
        _check_address(reading, webhook, parts, place)


def check_proxy(reading: Reading, webhook: WebhookConfig, path: Path) -> None:
    """A proxy that can be asked: over plain HTTP, and nothing but a host and a port."""
    if webhook.proxy is None:
        return
    place = (*path, "proxy")
    try:
        parts = urlsplit(webhook.proxy)
        is_bare = parts.scheme == "http" and parts.path in {"", "/"} and not parts.query
        fault = _find_fault(parts) or (None if is_bare else "is not http://HOST:PORT")
    except ValueError:
        fault = "is not an address"
    if fault:
        message = f"the proxy of webhook {webhook.name} {fault}"
        reading.error("AEG220", message, reading.value(place), path=place, help='such as "http://127.0.0.1:4750"')


def _find_fault(parts: SplitResult) -> str | None:
    way, port = parts.path + parts.query, parts.port
    faults = (
        (parts.scheme not in {"http", "https"}, "does not begin with http:// or https://"),
        (parts.username is not None or parts.password is not None, "holds a user or a password"),
        (not parts.hostname, "names no host"),
        (bool(parts.fragment), "has a fragment (#), which is never sent"),
        (
            port is not None and port < 1024 and port not in _PORTS,
            f"names port {port}, not 80, 443 or one from 1024",
        ),
        (not way.isprintable() or not way.isascii() or " " in way, "holds what an address must have in percent code"),
    )
    return next((text for is_so, text in faults if is_so), None)


def _check_address(reading: Reading, webhook: WebhookConfig, parts: SplitResult, place: Path) -> None:
    """An address in numbers can be judged without asking anybody."""
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return
    word = find_objection(host, host=host, policy=make_policy(webhook))
    if word is not None:
        help_text = "allow_loopback = true allows it" if word == "loopback" else "see `targets`"
        message = f"webhook {webhook.name}: {host} is not an allowed target ({word})"
        reading.error("AEG221", message, reading.value(place), path=place, help=help_text)


def make_policy(webhook: WebhookConfig) -> TargetPolicy:
    """What `targets` and the keys beside it allow."""
    return TargetPolicy(
        loopback=webhook.allow_loopback,
        private=webhook.targets is Targets.INTRANET,
        hosts=frozenset(host.lower().rstrip(".") for host in webhook.allow_hosts),
        networks=tuple(ip_network(text) for text in webhook.allow_cidrs),
    )


def find_networks(reading: Reading, texts: tuple[str, ...], path: Path) -> tuple[str, ...]:
    """Those of `texts` that are networks; the others are noted."""
    good = []
    for number, text in enumerate(texts):
        try:
            ip_network(text)
        except ValueError as error:
            place = (*path, "allow_cidrs", number)
            reading.error("AEG222", f"not a network: {error}", reading.value(place), path=place)
        else:
            good.append(text)
    return tuple(good)


def check_events(reading: Reading, webhook: WebhookConfig, path: Path) -> None:
    """S19, S35: names are exact; one that no event of this version has is probably misspelt."""
    place = (*path, "events")
    if not webhook.events:
        reading.error("AEG015", f"webhook {webhook.name} has no events", reading.value(place), path=place)
    for number, name in enumerate(webhook.events):
        if name == "*" or name in EVENT_TYPES or name.startswith("custom."):
            continue
        here = (*place, number)
        label = reading.suggest(name, EVENT_TYPES, quote='"')
        message = f'there is no event "{show_name(name)}": webhook {webhook.name} will never get it'
        help_text = 'patterns are not known here: ["*"] is all events' if "*" in name else None
        reading.warn("AEG223", message, reading.value(here), path=here, label=label, help=help_text)


def check_status(reading: Reading, webhook: WebhookConfig, path: Path) -> None:
    """What `github-status` needs: the commit, and a token that goes over TLS only."""
    if webhook.format is not WebhookFormat.GITHUB_STATUS:
        return
    fault = None
    if "{sha}" not in webhook.url:
        fault = "its url lacks {sha}, which stands for the commit"
    elif not webhook.keys:
        fault = "it needs a token in secret, secret_file or credential"
    elif webhook.url.startswith("http://") and not webhook.allow_loopback:
        fault = "its token would travel without TLS"
    if fault:
        message = f"webhook {webhook.name} has the format github-status, but {fault}"
        example = 'url = "https://api.github.com/repos/OWNER/REPO/statuses/{sha}"'
        reading.error("AEG224", message, reading.key(path), path=path, help=example)


def check_authorities(reading: Reading, webhook: WebhookConfig, path: Path) -> None:
    """A `ca_file` must hold certificates."""
    if webhook.ca_file is None:
        return
    import ssl  # noqa: PLC0415 - few configurations need it

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(webhook.ca_file)
    except (OSError, ValueError) as error:
        place = (*path, "ca_file")
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", error)
        message = f"cannot use the ca_file of webhook {webhook.name}: {reason}"
        reading.error("AEG225", message, reading.value(place), path=place)


def check_key(secret: str, *, is_token: bool) -> None:
    """Raises ValueError with what is wrong with `secret` as a key; a token is only ever sent."""
    if is_token:
        if not secret.isascii() or not secret.isprintable() or not secret or " " in secret:
            message = "it is not a token"
            raise ValueError(message)
        return
    length = len(decode_key(secret))
    if length < SHORTEST:
        message = f"it has {length} bytes, and must have {SHORTEST}: make one with  openssl rand -hex 32"
        raise ValueError(message)
