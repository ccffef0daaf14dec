"""The page behind Debian's nginx and Caddy, with the configurations that their guides give, word for word but for the
places in them."""

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
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import trustme

from tests.behaviour.host import Host
from tests.behaviour.ports import free_port
from tests.source import ROOT

GUIDES = ROOT / "docs" / "how-to"
NAME = "ci.example.org"
SECRET = "a secret of twenty-four b"
CONFIG = f"""
url = "https://{NAME}{{base}}"
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
CADDY = """
{{
    admin off
    auto_https disable_redirects
    grace_period 1s
    storage file_system {folder}/caddy
    servers {{
        protocols h1
    }}
}}
{guide}
"""


class Proxy:
    """A proxy in front of `host`, with a certificate of its own authority."""

    program = ""
    package = ""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.port = free_port()
        self._opened: list[http.client.HTTPResponse | http.client.HTTPConnection] = []
        authority = trustme.CA()
        issued = authority.issue_cert(NAME)
        folder = host.folder
        (folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        (folder / "key.pem").write_bytes(issued.private_key_pem.bytes())
        self.configuration = folder / "proxy.conf"
        self.configuration.write_text(self.configure(below=host.config_path.read_text().count(f"{NAME}/") > 0))
        self._context = ssl.create_default_context()
        authority.configure_trust(self._context)

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = self.find()
        assert program is not None
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, *self.arguments()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(self.host.folder)},
            )
        self.host.wait_until(self._listens)

    def stop(self) -> None:
        """End it, and what clients have left open."""
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

    @classmethod
    def find(cls) -> str | None:
        """Where the program is."""
        return shutil.which(cls.program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")

    @property
    def log(self) -> Path:
        """What it says."""
        return self.host.folder / f"{self.program}.log"

    def arguments(self) -> list[str]:
        """What it is started with."""
        raise NotImplementedError

    def configure(self, *, below: bool) -> str:
        """The text of the guide, for below a path or not, with the places of this host."""
        raise NotImplementedError

    def read_guide(self, pattern: str, places: Mapping[str, str]) -> str:
        """The block of the guide that begins with `pattern`, with other `places`."""
        guide = re.search(pattern, (GUIDES / f"serve-behind-{self.program}.md").read_text(), re.DOTALL)
        assert guide is not None
        text = guide[1]
        for old, new in places.items():
            assert old in text
            text = text.replace(old, new)
        return text

    def _listens(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Nginx(Proxy):
    """Debian's nginx-light."""

    program = "nginx"
    package = "nginx-light"

    def arguments(self) -> list[str]:
        """In the folder of the host, with its errors where the others have theirs."""
        return ["-p", str(self.host.folder), "-e", self.log.name, "-c", str(self.configuration)]

    def configure(self, *, below: bool) -> str:
        """The server of the guide."""
        assert not below
        folder = self.host.folder
        places = {
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "/run/aegis/web.sock": str(self.host.web),
            f"/etc/letsencrypt/live/{NAME}/fullchain.pem": f"{folder}/cert.pem",
            f"/etc/letsencrypt/live/{NAME}/privkey.pem": f"{folder}/key.pem",
        }
        guide = self.read_guide(r"```nginx\n(map .*?)```", places)
        return FRAME.format(user="user root;\n" if os.geteuid() == 0 else "", folder=folder, guide=guide)


class Caddy(Proxy):
    """Debian's Caddy; certificates that it would get by itself are given, since there is nobody to ask for them."""

    program = package = "caddy"

    def arguments(self) -> list[str]:
        """In the foreground."""
        return ["run", "--adapter", "caddyfile", "--config", str(self.configuration)]

    def configure(self, *, below: bool) -> str:
        """The site of the guide."""
        folder = self.host.folder
        own = f"    bind 127.0.0.1\n    tls {folder}/cert.pem {folder}/key.pem\n"
        places = {
            f"{NAME} {{\n": f"https://{NAME}:{self.port} {{\n{own}",
            "/run/aegis/web.sock": str(self.host.web),
        }
        pattern = rf"```text\n({re.escape(NAME)} \{{\n    handle_path.*?)```" if below else r"```text\n(.*?)```"
        return CADDY.format(folder=folder, guide=self.read_guide(pattern, places))


@pytest.fixture
def make_proxy(make_host: Callable[..., Host], tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Makes a proxy of a kind in front of a host."""
    made: list[Proxy] = []

    def make(kind: type[Proxy], base: str = "") -> Proxy:
        if kind.find() is None:
            pytest.skip(f"needs {kind.program} (apt-get install {kind.package})")
        host = make_host(CONFIG.format(folder=tmp_path, base=base), is_web=True)
        host.wait_until(host.web.exists)
        made.append(kind(host))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.mark.parametrize("kind", [Nginx, Caddy])
def test_a_proxy_as_its_guide_has_it(make_proxy: Callable[..., Proxy], kind: type[Proxy], tmp_path: Path) -> None:
    """The page, its links and the sign-in; events and output as they come, not in heaps; webhooks with the address that
    they really come from."""
    proxy = make_proxy(kind)
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
    assert (
        delivery["source"] == "127.0.0.1"
    )  # that of the client of the proxy, not what it says of itself, and not "unix"

    token = host.ctl("token", "new", "me", "--scope", "read", "--plain").stdout.split()[-1]
    form = f"token={token}".encode()
    login = proxy.open(
        "/login", "POST", form, Content_Type="application/x-www-form-urlencoded", Origin=f"https://{NAME}"
    )
    assert login.status == 303
    assert "Secure" in (login.getheader("Set-Cookie") or "")


def test_caddy_below_a_path(make_proxy: Callable[..., Proxy]) -> None:
    """Caddy takes the path away, and the page puts it before its links; elsewhere there is nothing."""
    proxy = make_proxy(Caddy, "/aegis")
    page = proxy.open("/aegis/runs", Accept="text/html")
    text = page.read()
    assert page.status == 200
    assert b'href="/aegis/about"' in text
    style = text.decode().partition('stylesheet" href="')[2].partition('"')[0]
    assert proxy.open(style).status == 200
    assert b"</html>" not in proxy.open("/runs").read()
