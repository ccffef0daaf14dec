"""The real aegisd with its HTTP API at a port of its own, some runs, and a token."""

import http.client
import json
import re
from typing import Any

from tests.behaviour.host import Host

CONFIG = """
[workflows.ci]
description = "what most do"
params = { ref = { default = "main" } }
[[workflows.ci.steps]]
name = "build"
run = "echo building $AEGIS_PARAM_REF; echo '<script>alert(1)</script>' > page.html"
artifacts = ["page.html"]
[[workflows.ci.steps]]
name = "tests"
run = "seq 1 2000; exit 3"
retries = 1
retry_delay = "20ms"
[[workflows.ci.steps]]
name = "report"
run = "true"

[workflows.quick]
[[workflows.quick.steps]]
name = "only"
run = "true"
"""


class RealApi:
    """`request` asks with the token; `port` is where."""

    def __init__(self, host: Host, *, scope: str = "admin") -> None:
        self.host = host
        found = host.wait_until(lambda: re.search(r"HTTP on http://127\.0\.0\.1:(\d+)", host.log.read_text()))
        self.port = int(found[1])
        self.token = host.ctl("token", "new", f"the-{scope}", "--scope", scope).stdout.strip()

    def request(
        self, method: str, path: str, *, body: Any = None, token: bool = True, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (small letters) and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=data, headers=sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON of an answer that must be good."""
        status, _, body = self.request("GET", path)
        assert status == 200, (path, status, body)
        return json.loads(body)
