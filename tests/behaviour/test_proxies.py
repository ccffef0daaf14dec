"""The page behind Debian's nginx, with the configuration that the guide gives, word for word but for its places."""

import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.behaviour.host import Host
from tests.behaviour.ports import free_port
from tests.source import ROOT

GUIDE = ROOT / "docs" / "how-to" / "serve-behind-nginx.md"
NAME = "ci.example.org"
SECRET = "a secret of twenty-four b"
CONFIG = f"""
url = "https://{NAME}"
allowed_hosts = ["{NAME}"]
trusted_proxies = ["unix"]

[workflows.talk]
[[workflows.talk.steps]]
name = "talk"
run = "echo first; until test -e {{folder}}/go; do sleep 0.02; done; echo second"

[triggers.push]
type = "webhook"
provider = "github"
workflow = "talk"
secret = "{SECRET}"
"""
FRAME = """
{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {guide}
}}
"""


class Proxy:
    """nginx in front of `host`, with a certificate of its own authority."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.port = free_port()
        self._opened: list[http.client.HTTPResponse | http.client.HTTPConnection] = []
        authority = trustme.CA()
        issued = authority.issue_cert(NAME)
        folder = host.folder
        (folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        (folder / "key.pem").write_bytes(issued.private_key_pem.bytes())
        (folder / "nginx.conf").write_text(self._configure())
        self._context = ssl.create_default_context()
        authority.configure_trust(self._context)

    def start(self) -> None:
        """Start nginx and wait until it listens."""
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert program is not None
        command = [program, "-p", str(self.host.folder), "-e", "nginx.log", "-c", str(self.host.folder / "nginx.conf")]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.host.wait_until(self._listens)

    def stop(self) -> None:
        """End nginx, and what clients have left open."""
        for each in self._opened:
            each.close()
        self.process.terminate()
        self.process.wait(timeout=60)

    def open(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        """The answer over HTTPS, as a client of NAME gets it; its body is still to be read."""
        connection = http.client.HTTPSConnection(NAME, self.port, timeout=60, context=self._context)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sock = self._context.wrap_socket(plain, server_hostname=NAME)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body or None, headers={"Host": NAME, **named})
        answer = connection.getresponse()
        self._opened += [answer, connection]
        return answer

    def _configure(self) -> str:
        folder = self.host.folder
        guide = re.search(r"```nginx\n(map .*?)```", GUIDE.read_text(), re.DOTALL)
        assert guide is not None
        text = guide[1]
        for old, new in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            ("/run/aegis/web.sock", str(self.host.web)),
            (f"/etc/letsencrypt/live/{NAME}/fullchain.pem", f"{folder}/cert.pem"),
            (f"/etc/letsencrypt/live/{NAME}/privkey.pem", f"{folder}/key.pem"),
        ):
            assert old in text
            text = text.replace(old, new)
        return FRAME.format(user="user root;\n" if os.geteuid() == 0 else "", folder=folder, guide=text)

    def _listens(self) -> bool:
        assert self.process.poll() is None, (self.host.folder / "nginx.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def proxy(make_host: Callable[..., Host], tmp_path: Path) -> Iterator[Proxy]:
    """nginx in front of a host."""
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
        pytest.skip("needs nginx (apt-get install nginx-light)")
    host = make_host(CONFIG.format(folder=tmp_path), is_web=True)
    host.wait_until(host.web.exists)
    made = Proxy(host)
    made.start()
    yield made
    made.stop()


def test_nginx_as_the_guide_has_it(proxy: Proxy, tmp_path: Path) -> None:
    """The page, its links and the sign-in; events and output as they come, not in heaps; webhooks with the address that
    they really come from."""
    host = proxy.host
    page = proxy.open("/", Accept="text/html")
    assert (page.status, b"</html>" in page.read()) == (200, True)

    stream = proxy.open("/api/v1/stream", Accept="application/x-ndjson")
    run = host.run("talk")
    seen = ""
    while seen != "step.started":
        seen = json.loads(stream.readline().strip() or b"{}").get("event", {}).get("type", "")
    raw = proxy.open(f"/runs/{run}/log/talk.txt")
    assert raw.readline() == b"first\n"
    assert host.show(run)["run"]["state"] == "executing"
    (tmp_path / "go").touch()
    assert raw.read() == b"second\n"

    body = json.dumps({"ref": "refs/heads/main"}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    sent = {"X_Hub_Signature_256": f"sha256={signature}", "X_GitHub_Event": "push", "X_GitHub_Delivery": "1"}
    answer = proxy.open("/hooks/push", "POST", body, Content_Type="application/json", X_Forwarded_For="8.8.8.8", **sent)
    told = json.loads(answer.read())
    assert answer.status == 202, told
    assert told["url"].startswith(f"https://{NAME}/runs/")
    (delivery,) = host.call("ListDeliveries")["deliveries"]
    assert delivery["source"] == "127.0.0.1"  # that of the client of nginx, not what it says of itself, and not "unix"

    token = host.ctl("token", "new", "me", "--scope", "read", "--plain").stdout.split()[-1]
    form = f"token={token}".encode()
    login = proxy.open(
        "/login", "POST", form, Content_Type="application/x-www-form-urlencoded", Origin=f"https://{NAME}"
    )
    assert login.status == 303
    assert "Secure" in (login.getheader("Set-Cookie") or "")
