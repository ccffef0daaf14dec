"""`[web.tls]`: read, and checked with the files that it names, so that a bad pair is refused before it is served."""

from typing import Any

from aegisd.config.decode import INVALID
from aegisd.config.reading import Reading
from aegisd.config.table import Table, read_object
from aegisd.config.tls_pair import TlsError, TlsKeys, make_context
from aegisd.config.values import Path


def read_tls(reading: Reading, value: Any, path: Path) -> Any:
    """`[web.tls]`; a pair that cannot be used is noted."""
    keys = read_object(reading, Table(value=value, path=path, where="[web.tls]"), TlsKeys)
    if keys is INVALID:
        return INVALID
    try:
        make_context(keys)
    except TlsError as error:
        at = (*path, error.name)
        message = f"`{error.name}` in [web.tls] {error.message}"
        reading.error("AEG380", message, reading.value(at), path=at, help=error.help)
    return keys
