"""`[web]`: the HTTP door."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from aegisd.config.reading import Reading
from aegisd.config.slot import list_slots
from aegisd.config.table import Table, read_table
from aegisd.config.values import Path
from aegisd.config.web_keys import WebConfig
from aegisd.config.web_tls import read_tls
from aegisd.config.web_tokens import read_tokens
from aegisd.core.address import UNIX, split_address

_BIND_HELP = 'write "127.0.0.1:8640", "[::1]:8640" or "unix:/run/aegis/web.sock"'


def read_web(reading: Reading, value: Any, path: Path) -> Any:
    """`[web]`; addresses, names and the URL are checked."""
    values = read_table(
        reading,
        Table(value=value, path=path, where="[web]"),
        list_slots(WebConfig),
        own={"tokens": read_tokens, "tls": read_tls},
    )
    for place, address in enumerate(values.get("bind", ())):
        _check_address(reading, address, (*path, "bind", place))
    for place, name in enumerate(values.get("allowed_hosts", ())):
        if not name or ":" in name.removeprefix("[") or "/" in name or not name.isprintable():
            here = (*path, "allowed_hosts", place)
            message = f"`allowed_hosts` in [web]: {reading.raw(here)} is not the name of a host"
            reading.error("AEG241", message, reading.value(here), path=here, help="a name alone, without port and path")
    for place, proxy in enumerate(values.get("trusted_proxies", ())):
        _check_proxy(reading, proxy, (*path, "trusted_proxies", place))
    if values.get("url") is not None:
        _check_url(reading, values["url"], (*path, "url"))
    return WebConfig(**values)


def _check_address(reading: Reading, address: str, path: Path) -> None:
    wrong = None
    if address.startswith(UNIX):
        if not address.removeprefix(UNIX).startswith("/"):
            wrong = "the path of a Unix socket begins with /"
    else:
        try:
            split_address(address)
        except ValueError as error:
            wrong = str(error)
    if wrong is not None:
        message = f"`bind` in [web]: {reading.raw(path)} is not an address: {wrong}"
        reading.error("AEG241", message, reading.value(path), path=path, help=_BIND_HELP)


def _check_proxy(reading: Reading, proxy: str, path: Path) -> None:
    if proxy == "unix":
        return
    try:
        ipaddress.ip_network(proxy)
    except ValueError as error:
        message = f"`trusted_proxies` in [web]: {reading.raw(path)} is no address or network: {error}"
        reading.error(
            "AEG381", message, reading.value(path), path=path, help='write "127.0.0.1", "10.0.0.0/8" or "unix"'
        )


def _check_url(reading: Reading, url: str, path: Path) -> None:
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        is_url = False
    if not is_url or not url.isprintable() or " " in url:
        message = f"`url` in [web]: {reading.raw(path)} is not a URL of a server"
        reading.error("AEG241", message, reading.value(path), path=path, help='write "https://ci.example.org"')
