"""The certificate and key of the HTTP door: the keys of `[web.tls]`, and what becomes of the files that they name."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from aegisd.core import schema

if TYPE_CHECKING:
    import ssl

_OTHERS = 0o077


@frozen(kw_only=True)
class TlsKeys:
    """The keys of `[web.tls]`."""

    cert: str = schema.key(
        schema.Kind.PATH,
        "The certificate in PEM, with those between it and the authority that clients know behind it.",
        example='"/etc/aegis/tls/fullchain.pem"',
    )
    key: str = schema.key(
        schema.Kind.PATH,
        "Its private key in PEM, without a passphrase. Only its owner may be able to read it.",
        example='"/etc/aegis/tls/key.pem"',
    )


class TlsError(Exception):
    """The pair cannot be used. `name` is the key to blame, `help` what to do."""

    def __init__(self, name: str, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.help = help


def make_context(keys: TlsKeys) -> "ssl.SSLContext":
    """What servers speak TLS with: version 1.2 or newer, HTTP/1.1. Raises TlsError. Blocks for the disk."""
    import ssl  # noqa: PLC0415 - few configurations need it

    if "-----BEGIN CERTIFICATE-----" not in _read("cert", keys.cert):
        raise TlsError("cert", f"is no certificate in PEM: {keys.cert}")
    key = _read("key", keys.key)
    if "PRIVATE KEY-----" not in key:
        raise TlsError("key", f"is no private key in PEM: {keys.key}")
    if "ENCRYPTED" in key:
        help_text = f"openssl pkey -in {keys.key} -out NEW writes one without"
        raise TlsError("key", f"has a passphrase, which nobody is there to type: {keys.key}", help=help_text)
    if Path(keys.key).stat().st_mode & _OTHERS:
        raise TlsError("key", f"can be read by others than its owner: {keys.key}", help=f"chmod 600 {keys.key}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(keys.cert, keys.key, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsError("key", f"does not belong to the certificate in {keys.cert}: {keys.key}") from None
        reason = (error.reason or "not readable").lower().replace("_", " ")
        raise TlsError("cert", f"cannot be used with its key: {reason}") from None
    return context


def _read(name: str, path: str) -> str:
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise TlsError(name, f"is not a file: {path}")
        return Path(path).read_text("ascii", "replace")
    except OSError as error:
        raise TlsError(name, f"cannot be read: {path}: {error.strerror}") from None
