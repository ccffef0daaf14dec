"""Schemathesis against the real aegisd: every operation of its OpenAPI document, with all that the document allows and
much that it does not. No answer may be a 5xx that the document does not name, or of another shape than it says.

Not a test of the suite: it takes minutes. Schemathesis lives in an environment of its own, made when PROGRAM is not
given: `python tests/web/schemathesis_run.py [PROGRAM [OPTION...]]`. The exit status is that of schemathesis.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "web"))

from tests.behaviour.host import Host
from tests.web.real_api import CONFIG, RealApi

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
# Two calls of three are about something that is there. A stream that follows never ends, and neither may a test wait an
# hour for a run.
HOOKS = """
import itertools

import schemathesis

KNOWN = {"workflow": ("ci", "quick"), "run": (1, 2), "step": ("tests", "build", "only"), "key": ("page.html",)}
turns = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    turn = next(turns)
    if turn % 3 and isinstance(case.path_parameters, dict):
        for name in case.path_parameters.keys() & KNOWN.keys():
            case.path_parameters[name] = KNOWN[name][turn // 3 % len(KNOWN[name])]
    query = case.query
    if isinstance(query, dict):
        if case.operation.definition.raw["operationId"] == "streamEvents":
            query.setdefault("follow", "false")
            if query["follow"] in (True, "true", "1", 1):
                query["follow"] = "false"
        if isinstance(query.get("wait"), (int, float)):
            query["wait"] = min(query["wait"], 0.5)
"""
_SOME = ("--max-examples=40", "--phases=examples,coverage,fuzzing", "--continue-on-failure", "--seed=1")


def main() -> int:
    """Run it; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(sys.argv[1]) if len(sys.argv) > 1 else _install(Path(folder, "venv"))
        hooks = Path(folder, "hooks.py")
        hooks.write_text(HOOKS)
        host = Host(Path(folder), CONFIG, daemon="runs = 8", bind='["127.0.0.1:0"]')
        host.start()
        try:
            api = RealApi(host)
            for workflow in ("ci", "quick"):
                assert api.request("POST", f"/api/v1/workflows/{workflow}/run?wait=30", body={})[0] == 200
            done = subprocess.run(
                [
                    *(program, "run", f"http://127.0.0.1:{api.port}/api/v1/openapi.json", *_SOME),
                    *(f"--checks={','.join(CHECKS)}", "--request-timeout=30", "--warnings=off"),
                    *("-H", f"Authorization: Bearer {api.token}", *sys.argv[2:]),
                ],
                cwd=folder,
                env={"SCHEMATHESIS_HOOKS": str(hooks), "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
                check=False,
            )
        finally:
            host.stop()
        text = host.log.read_text()
        print("\n".join(line for line in text.splitlines() if "bug" in line or "broke" in line or "Traceback" in line))
    return done.returncode


def _install(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", "schemathesis>=4.32,<5"], check=True)
    return folder / "bin" / "schemathesis"


if __name__ == "__main__":
    sys.exit(main())
