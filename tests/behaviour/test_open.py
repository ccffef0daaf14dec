"""Where `aegisctl open` sends people, with the real HTTP door."""

import urllib.request
from collections.abc import Callable

from tests.behaviour.host import Host

CONFIG = "[workflows.w]\n[[workflows.w.steps]]\nrun = 'true'\n"


def test_the_page_is_there(make_host: Callable[..., Host]) -> None:
    """The port that the kernel chose is told, and a run has its page under it."""
    host = make_host(CONFIG, bind='["127.0.0.1:0"]')
    host.finish(host.run("w"))
    host.wait_until(lambda: host.call("GetPage")["url"])
    url = host.ctl("open", "w").stdout.strip()
    assert url.endswith("/runs/1")
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own
        assert answer.status == 200
        assert "#1" in answer.read().decode()
    refused = host.ctl("open", "7", check=66)
    assert "there is no run #7" in refused.stderr
