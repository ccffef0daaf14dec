"""The helper of steps against a socket that answers as aegisd does, and in an interpreter that knows nothing else."""

import ast
import base64
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aegisd.helpers import FOLDER, aegis_emit

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Door:
    """Takes calls one after the other; `calls` are what came, `answer` makes what goes back."""

    def __init__(self, path: Path) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answer: Answer = lambda _: {"parameters": {"seq": len(self.calls)}}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Take no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as reader:
                data = b""
                while not data.endswith(b"\0") and (byte := reader.read(1)):
                    data += byte
                self.calls.append(json.loads(data[:-1]))
                connection.sendall(json.dumps(self.answer(self.calls[-1])).encode() + b"\0")


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """A door, and the environment of a step."""
    made = Door(tmp_path / "s")
    monkeypatch.setenv("AEGIS_SOCKET", str(tmp_path / "s"))
    monkeypatch.setenv("AEGIS_TOKEN", "the-token")
    yield made
    made.close()


def test_events(door: Door) -> None:
    """S100: an event is made by naming what it has, with the token of the step; None says nothing."""
    assert aegis_emit.emit("custom.deploy", target="x", hosts=None) == 1
    assert aegis_emit.note("look here", level="warning") == 2
    assert aegis_emit.llm_requested("m", prompt_tokens=3) == 3
    assert aegis_emit.llm_responded("m", prompt_tokens=3, completion_tokens=4, cost_usd=0.5, role="coder") == 4
    assert aegis_emit.gate("coverage", passed=False, message="81 %") == 5
    assert {call["method"] for call in door.calls} == {"io.aegisd.Control.EmitEvent"}
    assert {call["parameters"]["token"] for call in door.calls} == {"the-token"}
    assert [(call["parameters"]["type"], call["parameters"]["data"]) for call in door.calls] == [
        ("custom.deploy", {"target": "x"}),
        ("note.warning", {"message": "look here"}),
        ("llm.requested", {"model": "m", "prompt_tokens": 3}),
        (
            "llm.responded",
            {"model": "m", "prompt_tokens": 3, "completion_tokens": 4, "cost_usd": 0.5, "role": "coder"},
        ),
        ("gate.evaluated", {"gate": "coverage", "passed": False, "message": "81 %"}),
    ]


def test_tasks(door: Door) -> None:
    """S72: a task that raises is told as failed, with the text and how long it took, and the same exception goes on."""
    with aegis_emit.task("parser", role="coder"):
        pass
    with pytest.raises(KeyError, match="lost"), aegis_emit.task("lexer"):
        raise KeyError("lost")  # noqa: EM101 - any exception
    told = [(call["parameters"]["type"], call["parameters"]["data"]) for call in door.calls]
    assert [name for name, _ in told] == ["task.started", "task.completed", "task.started", "task.failed"]
    assert (told[0][1], told[3][1]["error"]) == ({"task": "parser", "role": "coder"}, "KeyError: 'lost'")
    assert told[1][1]["duration_s"] >= 0
    assert told[3][1]["duration_s"] >= 0


@pytest.mark.parametrize(
    ("content", "data", "kind"),
    [
        (b"\x00\xff", b"\x00\xff", None),
        ("ä", "ä".encode(), "text/plain"),
        ({"a": ["ä"]}, '{"a": ["ä"]}'.encode(), "application/json"),
        (b"", b"", None),
        (b"x" * 250_000, b"x" * 250_000, None),
    ],
    ids=["bytes", "text", "json", "nothing", "large"],
)
def test_artifacts(door: Door, content: object, data: bytes, kind: str | None) -> None:
    """Bytes, texts and JSON arrive as they were, large ones in pieces, each going on with the upload of the first."""
    door.answer = lambda call: {
        "parameters": {"artifact": {"sha256": "ab"}} if call["parameters"]["last"] else {"upload": "up"}
    }
    assert aegis_emit.put_artifact("k", content) == "ab"
    given = [call["parameters"] for call in door.calls]
    assert b"".join(base64.b64decode(each["data"]) for each in given) == data
    assert [each.get("upload") for each in given] == [None, *["up"] * (len(given) - 1)]
    assert [each["last"] for each in given] == [*[False] * (len(given) - 1), True]
    assert given[0].get("type") == kind


def test_refusals(door: Door) -> None:
    """What aegis refuses is raised with its words; so is what cannot be said at all."""
    refusal = {"message": "no such type", "hint": "custom.x"}
    door.answer = lambda _: {"error": "io.aegisd.Control.BadParameter", "parameters": refusal}
    with pytest.raises(aegis_emit.AegisError, match=r"^no such type: custom\.x$"):
        aegis_emit.emit("nonsense")
    for value in (float("nan"), object()):
        with pytest.raises(aegis_emit.AegisError, match="cannot tell aegis"):
            aegis_emit.emit("custom.x", value=value)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """S75: outside of a step, and where the socket is hidden, a program runs as ever; where aegisd has broken down, the
    error says so."""
    for name in ("AEGIS_SOCKET", "AEGIS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with aegis_emit.task("alone"):
        assert aegis_emit.emit("custom.x") is None
        assert aegis_emit.put_artifact("k", b"") is None
    monkeypatch.setenv("AEGIS_SOCKET", str(tmp_path / "s"))
    monkeypatch.setenv("AEGIS_TOKEN", "t")
    assert aegis_emit.emit("custom.x") is None
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "s"))
    with pytest.raises(aegis_emit.AegisError, match=r"cannot tell aegis: .*refused"):
        aegis_emit.emit("custom.x")


def test_it_is_old_python() -> None:
    """Steps run with interpreters that are not aegisd's: its grammar is that of Python 3.8."""
    ast.parse(Path(aegis_emit.__file__).read_text(), feature_version=(3, 8))


def test_it_stands_alone() -> None:
    """An interpreter without site-packages imports it from its folder, and nothing of aegis with it."""
    program = "import sys, aegis_emit; print([m for m in sys.modules if m.startswith(('aegisd', 'aegisctl'))])"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": FOLDER},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"
