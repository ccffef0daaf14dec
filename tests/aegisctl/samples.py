"""Answers of a daemon on whose host workflow `quality` has just failed: the data of the screens in the tests."""

import time
from base64 import b64encode
from typing import Any

NOW = 1_795_248_151.0  # 2026-11-21T08:02:31Z


def stamp(seconds: float) -> str:
    """RFC 3339 of `NOW` plus `seconds`."""
    moment = NOW + seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1000):03}Z"


def run(**changes: Any) -> dict[str, Any]:
    """Run 842 of `quality`, which failed two minutes ago."""
    return {
        "id": 842,
        "workflow": "quality",
        "state": "finished",
        "result": "failure",
        "reason": None,
        "trigger": {"kind": "manual", "name": None, "by": "dev1"},
        "params": {},
        "note": None,
        "retry_of": None,
        "priority": 0,
        "created_at": stamp(-120),
        "started_at": stamp(-119.8),
        "finished_at": stamp(-101.5),
        "queued_s": 0.2,
        "duration_s": 18.3,
        "usual_s": 24.0,
        "ahead": None,
        "steps": {"success": 3, "failure": 1, "skip": 1},
        "failed_steps": ["tests-3.13"],
        **changes,
    }


def pending_run(**changes: Any) -> dict[str, Any]:
    """The same run before it begins."""
    nothing = {"state": "pending", "result": None, "started_at": None, "finished_at": None, "duration_s": None}
    return run(**{**nothing, "steps": {}, "failed_steps": [], **changes})


def step(name: str, **changes: Any) -> dict[str, Any]:
    """A step that passed."""
    return {
        "index": 0,
        "name": name,
        "type": "command",
        "phase": None,
        "group": 0,
        "state": "finished",
        "result": "success",
        "reason": None,
        "command": f"run {name}",
        "attempt": 1,
        "attempts": [],
        "started_at": stamp(-119.8),
        "finished_at": None,
        "duration_s": 4.2,
        "exit_code": 0,
        "signal": None,
        "allowed": False,
        "output_bytes": 100,
        "origin": "/etc/aegis/aegis.toml:5",
        **changes,
    }


def detail(**changes: Any) -> dict[str, Any]:
    """Run 842 with its steps."""
    failed = {"attempt": 1, "result": "failure", "duration_s": 11.5, "exit_code": 1, "signal": None, "error": None}
    steps = [
        step("fast-hooks"),
        step("clean", index=1, group=1, started_at=stamp(-115.6), duration_s=2.6),
        step("tests-3.11", index=2, group=2, started_at=stamp(-113), duration_s=9.0),
        step(
            "tests-3.13",
            index=3,
            group=2,
            started_at=stamp(-113),
            duration_s=11.5,
            result="failure",
            exit_code=1,
            command="python -m pytest -q",
            attempts=[failed],
        ),
        step("report", index=4, group=3, started_at=None, duration_s=None, result="skip", reason="tests-3.13 failed"),
    ]
    return {
        "run": run(),
        "steps": steps,
        "dir": "/srv/app",
        "origin": "/etc/aegis/aegis.toml:1",
        "definition": "5e0dc0ffee",
        "env": ["CI"],
        **changes,
    }


def workflow(name: str = "quality", **changes: Any) -> dict[str, Any]:
    """A workflow whose last run is 842."""
    return {
        "name": name,
        "description": "",
        "origin": "/etc/aegis/aegis.toml:1",
        "params": [],
        "steps": ["fast-hooks", "clean"],
        "last": run(workflow=name),
        "usual_s": 24.0,
        "executing": 0,
        "queued": 0,
        "triggers": ["push", "pull"],
        "next_at": None,
        **changes,
    }


def status(**changes: Any) -> dict[str, Any]:
    """The daemon of this host."""
    passed = run(id=839, workflow="qa-chain", result="success", finished_at=stamp(-3 * 3600), failed_steps=[])
    running = run(id=843, workflow="nightly", state="executing", result=None, started_at=stamp(-72), finished_at=None)
    return {
        "version": "1.0.0",
        "name": "buildhost",
        "pid": 812,
        "started_at": stamp(-3 * 86400),
        "draining": False,
        "drained_by": None,
        "config": {"path": "/etc/aegis/aegis.toml", "files": ["/etc/aegis/aegis.toml"], "loaded_at": stamp(-149)},
        "socket": "/run/aegis/control.sock",
        "state_dir": "/var/lib/aegis",
        "runs": {"executing": 1, "queued": 0, "slots": 2},
        "disk": {"used_bytes": 3 << 30, "free_bytes": 37 << 30, "total_bytes": 100 << 30},
        "keep": {"runs": 200, "days": 90, "logs_bytes": 10 << 30},
        "containment": "cgroup",
        "cursor": "e1.4712",
        "webhooks": [webhook("ci"), webhook("slack"), webhook("github", state="failing", waiting=2, since=stamp(-151))],
        "workflows": [
            workflow(),
            workflow("nightly", last=running, usual_s=400.0, triggers=["timer"], next_at=stamp(17 * 3600)),
            workflow("qa-chain", last=passed, usual_s=125.0, triggers=["after quality"]),
            workflow("docs", last=None, usual_s=None, triggers=["push"]),
        ],
        **changes,
    }


def webhook(name: str, **changes: Any) -> dict[str, Any]:
    """A webhook that does well."""
    return {
        "name": name,
        "url": f"https://{name}.example.org/hooks/•••",
        "format": "aegis",
        "events": ["workflow.completed", "failure.detected"],
        "state": "fine",
        "since": None,
        "error": None,
        "by": None,
        "waiting": 0,
        **changes,
    }


def delivery(number: int, **changes: Any) -> dict[str, Any]:
    """A delivery about run 842 that failed twice and is tried again."""
    last = {"time": stamp(-8), "duration_s": 0.142, "status": 502, "error": None, "text": "Bad\x1b[2JGateway"}
    return {
        "id": number,
        "webhook": "github",
        "event": "workflow.completed",
        "seq": 4700,
        "run": 842,
        "state": "pending",
        "message": "msg_1",
        "attempts": 2,
        "most": 10,
        "queued_at": stamp(-100),
        "finished_at": None,
        "next_at": stamp(292),
        "reason": None,
        "last": last,
        **changes,
    }


def event(seq: int, kind: str, *, at: float = -100.0, name: str | None = None, **data: Any) -> dict[str, Any]:
    """An event of run 842, as an answer of TailEvents; `name` is the step's."""
    return {
        "event": {
            "cursor": f"e1.{seq}",
            "seq": seq,
            "id": f"id-{seq}",
            "type": kind,
            "time": stamp(at),
            "workflow": "quality",
            "run": 842,
            "step": name,
            "data": data,
        }
    }


def completed(result: str, *, seq: int = 99, **data: Any) -> dict[str, Any]:
    """The end of run 842."""
    known: dict[str, Any] = {"result": result, "success": result == "success", "duration_s": 18.3, "steps": {}}
    return event(seq, "workflow.completed", at=-101.5, **known, **data)


def events(result: str = "failure") -> list[dict[str, Any]]:
    """All events of run 842."""
    passed = {"step_type": "command", "result": "success", "success": True, "attempts": []}
    failed = {"step_type": "command", "result": "failure", "success": False, "attempts": [], "exit_code": 1}
    trigger = {"kind": "manual", "by": "dev1"}
    return [
        event(1, "workflow.queued", at=-120, trigger=trigger, definition="5e0d", step_count=3),
        event(2, "workflow.started", at=-119.8, step_count=3, queued_s=0.2),
        event(3, "step.started", at=-119.8, name="fast-hooks", step_type="command", command="ruff check"),
        event(4, "step.completed", at=-115.6, name="fast-hooks", duration_s=4.2, **passed),
        event(5, "step.started", at=-113, name="tests-3.13", step_type="command", command="pytest -q"),
        event(6, "step.completed", at=-101.5, name="tests-3.13", duration_s=11.5, **failed),
        event(7, "step.skipped", at=-101.5, name="report", step_type="command", reason="tests-3.13 failed"),
        completed(result, seq=8, failed_steps=["tests-3.13"] if result == "failure" else []),
    ]


def chunk(text: bytes, *, name: str = "tests-3.13", offset: int = 0, at: float = -102.0) -> dict[str, Any]:
    """Some output, as an answer of ReadLogs."""
    size = offset + len(text)
    data = b64encode(text).decode()
    return {"step": name, "attempt": 1, "offset": offset, "size": size, "time": stamp(at), "data": data}


def trigger(name: str, **changes: Any) -> dict[str, Any]:
    """A timer that has run this night."""
    return {
        "name": name,
        "type": "timer",
        "about": "0 2 * * * (Europe/Berlin)",
        "workflow": "nightly",
        "enabled": True,
        "origin": "/etc/aegis/aegis.toml:30",
        "next_at": stamp(17 * 3600),
        "last_run": 843,
        "last_at": stamp(-72),
        "missed": None,
        **changes,
    }


def triggers() -> list[dict[str, Any]]:
    """One of each kind: fine, switched off, and with something that it missed."""
    after = {"type": "workflow", "about": "after quality (success)", "workflow": "qa-chain", "next_at": None}
    return [
        trigger("night"),
        trigger("off", enabled=False, next_at=None, last_run=None, last_at=None),
        trigger("chain", **after, missed=f"{stamp(-60)}: the queue is full (1 runs)\x1b[2J"),
    ]
