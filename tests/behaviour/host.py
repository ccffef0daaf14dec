"""A build host for tests: the real aegisd as a process of its own, in a folder of its own, and the means to drive
it."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.source import ROOT

INTERFACE = "io.aegisd.Control"
_PATIENCE = 30.0


def program(name: str, python: str = sys.executable) -> list[str]:
    """What runs aegisd or aegisctl: this checkout with `python`, or the one file that $AEGIS_BIN names."""
    binary = os.environ.get("AEGIS_BIN")
    return [str(Path(binary).absolute()), name] if binary and python == sys.executable else [python, "-m", name]


def link_programs(folder: Path) -> str:
    """A folder for PATH that has both programs: that of the environment, or `folder` with links to $AEGIS_BIN."""
    if not os.environ.get("AEGIS_BIN"):
        return str(Path(sys.executable).parent)
    folder.mkdir(exist_ok=True)
    for name in ("aegisd", "aegisctl"):
        (folder / name).symlink_to(program(name)[0])
    return str(folder)


class RefusedError(Exception):
    """The daemon answered a call with an error."""

    def __init__(self, name: str, parameters: dict[str, Any]) -> None:
        super().__init__(f"{name}: {parameters}")
        self.name = name.rpartition(".")[2]
        self.parameters = parameters


class Host:
    """`config` is the text of aegis.toml without [daemon], [control] and [web], which the host writes.
    HTTP is off unless `bind` says where; with `is_web` it is at the Unix socket `web`. aegisd is run by `python`, with
    `spawning` for subprocess."""

    def __init__(
        self, folder: Path, config: str, *, daemon: str = "", control: str = "", is_web: bool = False, bind: str = "[]"
    ) -> None:
        self.folder = folder
        self.socket = folder / "s"
        self.state_dir = folder / "state"
        self.log = folder / "aegisd.log"
        self.config_path = folder / "aegis.toml"
        self._daemon = daemon
        self._control = control
        self.web = folder / "w"
        self._bind = f'["unix:{self.web}"]' if is_web else bind
        self.options: tuple[str, ...] = ()
        self.python = sys.executable
        self.spawning: dict[str, Any] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.write_config(config)

    def write_config(self, config: str) -> None:
        """Put `config` where the daemon reads it."""
        head = (
            f'[daemon]\nstate_dir = "{self.state_dir}"\n{self._daemon}\n'
            f'[control]\nsocket = "{self.socket}"\n{self._control}\n'
            f"[web]\nbind = {self._bind}\n"
        )
        self.config_path.write_text(head + config)

    def start(self) -> None:
        """Start aegisd and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*program("aegisd", self.python), "--config", str(self.config_path), *self.options],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self.spawning,
            )
        self.wait_until(self._answers)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=_PATIENCE)

    def kill(self) -> None:
        """kill -9 of aegisd."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def wait_until(self, ready: Callable[[], object], patience: float = _PATIENCE) -> Any:
        """The first true value of `ready()`, asked for again and again."""
        deadline = time.monotonic() + patience
        while True:
            value = ready()
            if value:
                return value
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def ctl(
        self, *arguments: str, check: int | None = 0, python: str = sys.executable, **options: Any
    ) -> "subprocess.CompletedProcess[str]":
        """Run aegisctl to its end; `check` is the exit status that it must have (None: any)."""
        done = subprocess.run(
            [*program("aegisctl", python), "--socket", str(self.socket), *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **options,
        )
        if check is not None:
            assert done.returncode == check, (
                arguments,
                done.returncode,
                done.stdout,
                done.stderr,
                self.log.read_text(),
            )
        return done

    def connect(self) -> socket.socket:
        """A connection of one's own to the control socket."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_PATIENCE)
        try:
            connection.connect(str(self.socket))
        except OSError:
            connection.close()
            raise
        return connection

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method; raises RefusedError."""
        with self.connect() as connection:
            connection.sendall(_message(method, parameters, more=False))
            return next(_replies(connection))

    def stream(self, method: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Call a method with `more` and give its answers."""
        with self.connect() as connection:
            connection.sendall(_message(method, parameters, more=True))
            yield from _replies(connection)

    def run(self, workflow: str, **parameters: str) -> int:
        """Start a run and return its number at once."""
        return int(self.call("StartRun", workflow=workflow, params=parameters)["run"])

    def events(self, **wanted: Any) -> list[dict[str, Any]]:
        """All events that pass, from the first."""
        answers = self.stream("TailEvents", **{"last": 10000, **wanted})
        return [answer["event"] for answer in answers if answer.get("event")]

    def finish(self, run: int) -> dict[str, Any]:
        """Wait for the end of a run; returns its Run."""
        for _ in self.stream("TailEvents", run=run, follow=True):
            pass
        return self.show(run)["run"]

    def show(self, run: int) -> dict[str, Any]:
        """The RunDetail of a run."""
        return dict(self.call("GetRun", run=run)["detail"])

    def step(self, run: int, name: str) -> dict[str, Any]:
        """One Step of a run."""
        return next(step for step in self.show(run)["steps"] if step["name"] == name)

    def output(self, run: int, step: str, **options: Any) -> bytes:
        """The output of one step."""
        answers = self.stream("ReadLogs", run=run, steps=[step], **options)
        return b"".join(base64.b64decode(answer["data"]) for answer in answers if answer.get("data"))

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            self.call("GetStatus")
        except (OSError, StopIteration):
            return False
        return True


def processes_with(mark: str) -> list[str]:
    """The command lines of living processes that hold `mark`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if mark in line and path.parent.name != str(os.getpid()):
            found.append(line)
    return found


def _message(method: str, parameters: dict[str, Any], *, more: bool) -> bytes:
    message: dict[str, Any] = {"method": f"{INTERFACE}.{method}", "parameters": parameters}
    if more:
        message["more"] = True
    return json.dumps(message).encode() + b"\0"


def _replies(connection: socket.socket) -> Iterator[dict[str, Any]]:
    buffer = b""
    while True:
        while b"\0" not in buffer:
            data = connection.recv(1 << 20)
            if not data:
                return
            buffer += data
        *frames, buffer = buffer.split(b"\0")
        for frame in frames:
            reply = json.loads(frame)
            if "error" in reply:
                raise RefusedError(reply["error"], reply.get("parameters", {}))
            yield reply["parameters"]
            if not reply.get("continues"):
                return
