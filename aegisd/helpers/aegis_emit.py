"""Tells aegis what a step does: events and artifacts, from any Python program, with the standard library alone.

    import os, sys
    sys.path.append(os.environ.get("AEGIS_HELPERS", "."))   # or copy this file beside the program
    import aegis_emit

    with aegis_emit.task("parser", role="coder"):
        aegis_emit.llm_responded("qwen2.5-coder:7b", prompt_tokens=812, completion_tokens=96)
    aegis_emit.put_artifact("plan.json", {"files": ["src/app.py"]})

Each call returns once what it says is on disk. Outside of a step, and in a sandbox, nothing is told and nothing fails,
so that a program needs no aegis to be tried. What aegis refuses is an `AegisError` with its reason. From Python 3.8 on.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import time
from typing import Any, Iterator  # noqa: UP035 - Python 3.8

_INTERFACE = "io.aegisd.Control"
_TIMEOUT_S = 30.0
_PIECE = 96 * 1024
_MOST_ANSWER = 1 << 20


class AegisError(Exception):
    """aegis refused what was said, or did not answer."""


def is_in_step() -> bool:
    """Whether aegis listens: the program is one of a step, and not in a sandbox, which hides the socket."""
    socket_path = os.environ.get("AEGIS_SOCKET")
    return bool(socket_path and os.environ.get("AEGIS_TOKEN") and os.path.exists(socket_path))  # noqa: PTH110 - fewer imports


def emit(type: str, message: str = "", **fields: Any) -> int | None:
    """Add an event: `custom.*` with any fields, or one of `aegisctl help events` with its own. Gives its number, None
    where aegis does not listen. Fields that are None are left out. Raises AegisError."""
    if not is_in_step():
        return None
    data = {name: value for name, value in fields.items() if value is not None}
    if message:
        data["message"] = message
    return int(_call("EmitEvent", type=type, data=data)["seq"])


def note(message: str, *, level: str = "info", **fields: Any) -> int | None:
    """Say something; `level` is info, warning or error."""
    return emit(f"note.{level}", message, **fields)


@contextlib.contextmanager
def task(name: str, *, role: str | None = None, **fields: Any) -> Iterator[None]:
    """A task of the step: its start, and how long it took to its end; an exception is told, and goes on as it is."""
    emit("task.started", task=name, role=role, **fields)
    begun = time.monotonic()
    try:
        yield
    except BaseException as error:
        took = round(time.monotonic() - begun, 6)
        emit("task.failed", task=name, role=role, error=f"{error.__class__.__name__}: {error}"[:500], duration_s=took)
        raise
    emit("task.completed", task=name, role=role, duration_s=round(time.monotonic() - begun, 6))


def llm_requested(model: str, *, prompt_tokens: int | None = None, **fields: Any) -> int | None:
    """A model is asked."""
    return emit("llm.requested", model=model, prompt_tokens=prompt_tokens, **fields)


def llm_responded(model: str, *, prompt_tokens: int, completion_tokens: int, **fields: Any) -> int | None:
    """A model has answered: `aegisctl usage` adds these up. `cost_usd` and `duration_s` if they are known."""
    return emit(
        "llm.responded", model=model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, **fields
    )


def gate(name: str, *, passed: bool, **fields: Any) -> int | None:
    """A gate was looked at."""
    return emit("gate.evaluated", gate=name, passed=passed, **fields)


def put_artifact(key: str, content: Any, *, type: str | None = None) -> str | None:
    """Keep `content` (bytes, a text, or anything that JSON can say) with the run. Gives its SHA-256, None outside of a
    step. Raises AegisError."""
    if not is_in_step():
        return None
    if isinstance(content, bytes):
        data = content
    elif isinstance(content, str):
        data, type = content.encode(), type or "text/plain"
    else:
        data, type = json.dumps(content, ensure_ascii=False).encode(), type or "application/json"
    upload, answer = None, {}
    for start in range(0, max(1, len(data)), _PIECE):
        piece, last = data[start : start + _PIECE], start + _PIECE >= len(data)
        encoded = base64.b64encode(piece).decode()
        answer = _call("PutArtifact", key=key, type=type, data=encoded, last=last, upload=upload)
        upload = answer.get("upload")
    return str(answer["artifact"]["sha256"])


def _call(method: str, **parameters: Any) -> dict[str, Any]:
    """The answer of aegisd, as the step whose token is in the environment. Raises AegisError."""
    given = {name: value for name, value in parameters.items() if value is not None}
    given["token"] = os.environ["AEGIS_TOKEN"]
    try:
        request = json.dumps({"method": f"{_INTERFACE}.{method}", "parameters": given}, allow_nan=False).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT_S)
            connection.connect(os.environ["AEGIS_SOCKET"])
            connection.sendall(request + b"\0")
            reply = json.loads(_receive(connection))
    except (OSError, TypeError, ValueError) as error:
        message = f"cannot tell aegis: {error}"
        raise AegisError(message) from error
    answer = reply.get("parameters") or {}
    if "error" in reply:
        raise AegisError(": ".join(filter(None, [answer.get("message") or reply["error"], answer.get("hint")])))
    return dict(answer)


def _receive(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\0"):
        more = connection.recv(65536)
        if not more or len(data) > _MOST_ANSWER:
            message = "the connection ended before the answer"
            raise OSError(message)
        data += more
    return data[:-1]
