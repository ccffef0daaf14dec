"""The receiver of the how-to is run, and takes what aegis sends."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.behaviour.host import Host
from tests.source import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "webhooks" / "receiver.py"
SECRET = "a secret for the example of the how-to"


def test_the_receiver_of_the_how_to(make_host: Callable[..., Host], tmp_path: Path) -> None:
    """Twenty lines of Python verify each delivery and refuse one with another secret."""
    assert len(EXAMPLE.read_text().splitlines()) < 30
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name, secret in (("right", SECRET), ("wrong", SECRET[::-1])):
        (tmp_path / name).write_text(secret)
        (tmp_path / name).chmod(0o600)
    hooks = "".join(
        f'[[webhooks]]\nname = "{name}"\nurl = "http://127.0.0.1:{port}/"\nallow_loopback = true\n'
        f'secret_file = "{tmp_path / name}"\nschedule = ["0s", "100ms"]\nevents = ["{event}"]\n'
        for name, event in (("right", "workflow.completed"), ("wrong", "workflow.queued"))
    )
    environment = {**os.environ, "AEGIS_WEBHOOK_SECRET": SECRET}
    with subprocess.Popen(
        [sys.executable, str(EXAMPLE), str(port)], env=environment, stdout=subprocess.PIPE
    ) as receiver:
        host = make_host(f"{hooks}[[workflows.w.steps]]\nrun = 'true'\n")
        host.wait_until(lambda: _is_open(port))
        host.finish(host.run("w"))
        assert receiver.stdout is not None
        assert receiver.stdout.readline() == b"workflow.completed w success\n"
        dead = host.wait_until(lambda: host.call("ListOutgoing", states=["dead"])["deliveries"])
        assert [(row["webhook"], row["last"]["status"]) for row in dead] == [("wrong", 401)]
        receiver.kill()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
