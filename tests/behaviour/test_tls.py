"""HTTPS of a whole aegisd: refused in words when its pair is bad, served when it is good, renewed without a restart."""

import http.client
import signal
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from tests.behaviour.host import Host
from tests.behaviour.ports import free_port


class Files:
    """A pair in two files."""

    def __init__(self, folder: Path) -> None:
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.trust = self.renew()

    def renew(self) -> ssl.SSLContext:
        """A new pair of a new authority; returns what trusts it."""
        authority = trustme.CA()
        issued = authority.issue_cert("localhost")
        self.key.write_bytes(issued.private_key_pem.bytes())
        self.key.chmod(0o600)
        self.cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context


def ask(port: int, trust: ssl.SSLContext, path: str, method: str = "GET", body: str | None = None) -> tuple[int, str]:
    """Status, and the cookie that is set or the body."""
    connection = http.client.HTTPSConnection("localhost", port, timeout=60, context=trust)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, answer.getheader("Set-Cookie") or text
    finally:
        connection.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A good pair."""
    folder = tmp_path / "tls"
    folder.mkdir()
    return Files(folder)


def test_https_from_start_to_renewal(make_host: Callable[..., Host], files: Files) -> None:
    """The page and a sign-in with a cookie for HTTPS only; a renewed pair without a restart; a reload that names a bad
    one is refused, and `validate` says the same."""
    port = free_port()
    text = f'tls = {{ cert = "{files.cert}", key = "{files.key}" }}\n'
    host = make_host(text, bind=f'["127.0.0.1:{port}"]')

    def is_open() -> bool:
        try:
            return ask(port, files.trust, "/healthz")[0] == 200
        except OSError:
            return False

    host.wait_until(is_open)
    assert f"HTTP on https://127.0.0.1:{port}" in host.log.read_text()
    assert "</html>" in ask(port, files.trust, "/")[1]
    token = host.ctl("token", "new", "me", "--scope", "read", "--plain").stdout.split()[-1]
    status, cookie = ask(port, files.trust, "/login", "POST", f"token={token}")
    assert (status, "Secure" in cookie) == (303, True)

    renewed = files.renew()
    assert ask(port, renewed, "/healthz")[0] == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(port, files.trust, "/healthz")

    host.write_config(text.replace(str(files.key), str(files.cert)))
    assert host.process is not None
    host.process.send_signal(signal.SIGHUP)
    host.wait_until(lambda: "reload refused" in host.log.read_text())
    assert ask(port, renewed, "/healthz")[0] == 200
    told = host.ctl("validate", str(host.config_path), check=1)
    assert "AEG380" in told.stdout + told.stderr
    assert "is no private key in PEM" in told.stdout + told.stderr
