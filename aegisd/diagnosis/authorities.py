"""Whether HTTPS servers can be told from impostors: the certification authorities that OpenSSL finds on this host."""

import os
import ssl
from collections.abc import Iterator

from aegisd.diagnosis.finding import Finding, warn, well
from aegisd.diagnosis.patient import Patient


def check_authorities(_: Patient) -> Iterator[Finding]:
    """There are some, in a file or in a folder, where $SSL_CERT_FILE, $SSL_CERT_DIR or OpenSSL's own default say."""
    paths = ssl.get_default_verify_paths()
    if _has_content(paths.cafile) or _has_entries(paths.capath):
        yield well("certification authorities are known")
    else:
        yield warn(
            f"no certification authorities are known ({paths.openssl_capath} has none): HTTPS needs a ca_file",
            "apt install ca-certificates",
            "or SSL_CERT_FILE=FILE in the environment of aegisd, where they are elsewhere",
        )


def _has_content(path: str | None) -> bool:
    try:
        return path is not None and os.path.getsize(path) > 0  # noqa: PTH202 - with its default None beside it
    except OSError:
        return False


def _has_entries(path: str | None) -> bool:
    try:
        return path is not None and bool(os.listdir(path))  # noqa: PTH208 - as above
    except OSError:
        return False
