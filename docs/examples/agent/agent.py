"""An agent of three steps, for docs/examples/agent-session.toml: `plan`, `code` and `verify`.

It asks a model over HTTP and tells aegis what it does: tasks, the tokens of each call, what it made. Run by hand,
without aegis, it does the same and tells nobody. Standard library only.
"""

import ast
import json
import os
import sys
import urllib.request
from pathlib import Path

sys.path.append(os.environ.get("AEGIS_HELPERS", str(Path(__file__).resolve().parents[3] / "aegisd" / "helpers")))
import aegis_emit

MODEL = os.environ.get("MODEL", "qwen2.5-coder:7b")
WORK = Path(os.environ.get("AGENT_WORK", ".work")) / os.environ.get("AEGIS_RUN_ID", "by-hand")


def main(what: str, goal: str = "") -> int:
    """Do one step; the exit status says how it went."""
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"{what}: {goal}" if goal else what, flush=True)
    return {"plan": plan, "code": code, "verify": verify}[what](goal)


def plan(goal: str) -> int:
    """Ask for the files to be written, and keep the answer as an artifact."""
    with aegis_emit.task("plan", role="planner"):
        answer = ask("planner", f"Which files does it take to {goal}? Answer with a JSON list of names.")
        files = json.loads(answer)
        if not isinstance(files, list) or not all(isinstance(name, str) and name.isidentifier() for name in files):
            message = "the plan is no list of names"
            raise ValueError(message)
    (WORK / "plan.json").write_text(json.dumps(files))
    aegis_emit.put_artifact("plan.json", {"goal": goal, "files": files})
    return 0


def code(goal: str) -> int:
    """Have each file of the plan written."""
    for name in json.loads((WORK / "plan.json").read_text()):
        with aegis_emit.task(name, role="coder"):
            text = ask("coder", f"Write the Python module {name}, which helps to {goal}. Answer with its text only.")
            (WORK / f"{name}.py").write_text(text)
            aegis_emit.emit("diff.applied", f"{name}.py was written", files=[f"{name}.py"], task=name, role="coder")
        aegis_emit.put_artifact(f"src/{name}.py", text)
    return 0


def verify(_: str) -> int:
    """Whether what was written is Python at all."""
    aegis_emit.emit("verification.started")
    for path in sorted(WORK.glob("*.py")):
        try:
            ast.parse(path.read_text())
        except SyntaxError as error:
            aegis_emit.emit("verification.failed", f"{path.name}, line {error.lineno}: {error.msg}")
            print(f"{path.name}:{error.lineno}: {error.msg}")
            return 1
    aegis_emit.emit("verification.passed")
    return 0


def ask(role: str, prompt: str) -> str:
    """The answer of the model."""
    aegis_emit.llm_requested(MODEL, role=role)
    body = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": prompt}]}).encode()
    url = os.environ.get("MODEL_URL", "http://127.0.0.1:8004") + "/v1/chat/completions"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - from our configuration
    with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310 - as above
        answer = json.load(response)
    usage = answer["usage"]
    aegis_emit.llm_responded(
        MODEL, prompt_tokens=usage["prompt_tokens"], completion_tokens=usage["completion_tokens"], role=role
    )
    return str(answer["choices"][0]["message"]["content"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
