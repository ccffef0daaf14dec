"""`artifacts`: the list, one fetched whole or not at all, one put in pieces, one deleted; reports in words."""

import hashlib
import json
from binascii import a2b_base64, b2a_base64
from pathlib import Path
from typing import Any

import pytest

from aegisctl.report_words import describe_tests, list_failing, list_slowest
from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli, Terminal
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon

DATA = b"one two three"
_INSIDE = {"AEGIS_RUN_ID": "842", "AEGIS_TOKEN": "1.x"}


def _artifact(key: str, data: bytes = DATA, **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "type": "text/plain",
        "saved_at": samples.stamp(-100),
        "step": "tests",
        "attempt": 1,
        **changes,
    }


def _page(talk: Conversation) -> None:
    if "after" in talk.parameters:
        talk.reply({"artifacts": [_artifact("z\x1b[2J", step=None, attempt=None)], "next": None})
    else:
        talk.reply({"artifacts": [_artifact("a"), _artifact("dist/b.whl")], "next": "dist/b.whl"})


def _read(talk: Conversation) -> None:
    pieces = [DATA[start : start + 5] for start in range(0, len(DATA), 5)]
    answers = [{"offset": 0, "data": b2a_base64(piece, newline=False).decode()} for piece in pieces]
    talk.stream(*answers, {"artifact": _artifact("dist/b.whl")})


@pytest.fixture
def kept(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon with three artifacts of run 842."""
    daemon.answers |= {"ListArtifacts": _page, "ReadArtifact": _read, "DeleteArtifact": {}}
    return daemon


def test_list_in_a_pipe(cli: Cli, kept: FakeDaemon) -> None:
    """Tab-separated, all pages, in harmless letters."""
    answer = cli("artifacts", "842")
    rows = [line.split("\t") for line in answer.stdout.splitlines()]
    assert [row[0] for row in rows] == ["a", "dist/b.whl", "z\\x1b[2J"]
    assert rows[0][1:6] == ["13", hashlib.sha256(DATA).hexdigest(), "text/plain", "tests", "1"]
    assert rows[2][4:6] == ["", ""]
    assert kept.asked("ListArtifacts") == [{"run": 842}, {"run": 842, "after": "dist/b.whl"}]
    assert cli("artifacts", "list", "842").stdout == answer.stdout
    assert json.loads(cli("artifacts", "842", "--json=key").stdout)[0] == {"key": "a"}


def test_list_on_a_terminal(on_terminal: Terminal, kept: FakeDaemon) -> None:
    """A table with sizes for people."""
    with on_terminal("artifacts", "842", NO_COLOR="1") as session:
        assert session.end() == 0
    assert session.text.splitlines()[1].split() == ["a", "13", "B", "tests", "text/plain"]


def test_get(cli: Cli, kept: FakeDaemon, tmp_path: Path) -> None:
    """S89: a file is fetched whole, checked by its digest; one that is there is replaced only with -f."""
    target = tmp_path / "b.whl"
    answer = cli("artifacts", "get", "842", "dist/b.whl", "-O", str(target))
    assert answer.returncode == 0
    assert target.read_bytes() == DATA
    target.write_text("mine")
    refused = cli("artifacts", "get", "842", "dist/b.whl", "-O", str(target))
    assert (refused.returncode, target.read_text()) == (69, "mine")
    assert "-f replaces it" in refused.stderr
    assert cli("artifacts", "get", "842", "dist/b.whl", "-O", str(target), "-f").returncode == 0
    assert target.read_bytes() == DATA
    assert cli("artifacts", "get", "842", "dist/b.whl", "-O", "-").stdout == DATA.decode()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_get_of_what_is_damaged(cli: Cli, kept: FakeDaemon, tmp_path: Path) -> None:
    """Bytes that do not have the digest, and a stream that is cut, are no file."""
    other = {"artifact": _artifact("x", b"other")}
    kept.answers["ReadArtifact"] = lambda talk: talk.stream({"offset": 0, "data": "eHg="}, other)
    answer = cli("artifacts", "get", "842", "x", "-O", str(tmp_path / "x"))
    assert (answer.returncode, "SHA-256" in answer.stderr) == (69, True)

    def cut(talk: Conversation) -> None:
        talk.reply({"offset": 0, "data": "eHg="}, continues=True)
        talk.hang_up()

    kept.answers["ReadArtifact"] = cut
    assert cli("artifacts", "get", "842", "x", "-O", str(tmp_path / "x")).returncode == 69
    assert not list(tmp_path.glob("x*"))


def test_put_in_pieces(cli: Cli, daemon: FakeDaemon, tmp_path: Path) -> None:
    """A large file goes in pieces of one upload; inside a step the run is the step's own and the token is shown."""
    data = bytes(range(256)) * 1200
    (tmp_path / "f.json").write_bytes(data)
    got = bytearray()

    def put(talk: Conversation) -> None:
        got.extend(a2b_base64(talk.parameters["data"]))
        last = talk.parameters["last"]
        talk.reply({"upload": None if last else "up", "artifact": _artifact("plan", data) if last else None})

    daemon.answers["PutArtifact"] = put
    answer = cli("artifacts", "put", "plan", str(tmp_path / "f.json"), **_INSIDE)
    assert (answer.returncode, answer.stdout) == (0, "kept plan (300 KiB) with run #842\n")
    assert got == data
    asked = daemon.asked("PutArtifact")
    assert [(call["last"], call.get("upload")) for call in asked] == [(False, None), (False, "up"), (True, "up")]
    assert {(call["run"], call["key"], call["token"], call["type"]) for call in asked} == {
        (842, "plan", "1.x", "application/json")
    }


def test_put_from_stdin(cli: Cli, daemon: FakeDaemon) -> None:
    """`-` is stdin, which may be empty; for another run than the step's own no token is shown."""
    daemon.answers["PutArtifact"] = {"upload": None, "artifact": _artifact("note", b"")}
    answer = cli("artifacts", "put", "842", "note", "-", "--type", "text/x", **{**_INSIDE, "AEGIS_RUN_ID": "7"})
    assert answer.returncode == 0
    assert daemon.asked("PutArtifact") == [{"run": 842, "key": "note", "type": "text/x", "data": "", "last": True}]


def test_delete(cli: Cli, kept: FakeDaemon) -> None:
    """One sentence."""
    assert cli("artifacts", "delete", "842", "a").stdout == "deleted a of run #842\n"
    assert kept.asked("DeleteArtifact") == [{"run": 842, "key": "a"}]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["get", "842"], 2, "RUN is missing"),
        (["get"], 2, "expected [RUN] NAME"),
        (["put", "842", "a", "b", "c"], 2, "expected [RUN] NAME FILE"),
        (["fetch", "842", "a"], 2, "there is no action 'fetch'"),
        (["put", "842", "a", "/no/such/file"], 66, "there is no file /no/such/file"),
    ],
)
def test_wrong_words(cli: Cli, kept: FakeDaemon, words: list[str], status: int, told: str) -> None:
    """What is missing or not there is said, with what was expected."""
    answer = cli("artifacts", *words)
    assert answer.returncode == status
    assert told in answer.stderr


_TESTS = {
    "failed": 1,
    "errors": 1,
    "passed": 411,
    "skipped": 3,
    "new": 1,
    "compared_with": 841,
    "failures": [
        {"name": "t::a\x1b", "message": "assert", "is_new": True},
        {"name": "t::b", "message": "", "is_new": False},
    ],
    "slowest": [{"name": "t::slow", "duration_s": 12.5}],
    "problems": [{"name": "x.xml", "reason": "nothing matches"}],
}


def test_reports_in_words() -> None:
    """Counts on a line; failing tests with what is new; reports that were not read; the slowest. All harmless."""
    step = {"data": {"tests": _TESTS}}
    assert describe_tests(step) == "2 failed (1 new), 411 passed, 3 skipped"
    assert list_failing(step) == [r"t::a\x1b: assert  (new since #841)", "t::b", "not read: x.xml: nothing matches"]
    assert list_slowest(step) == [" 12.5s  t::slow"]
    assert describe_tests({"data": {"tests": {"passed": 2}}}) == "2 passed"
    assert describe_tests({"data": {"tests": {}}}) == "no tests"
    assert describe_tests({"data": {"tests": {"problems": [{}]}}}) == "no test report"
    assert list_failing({"data": {"tests": {"failed": 12}}}) == ["... and 12 more"]
    for nothing in ({}, {"data": None}, {"data": {"tests": "x"}}):
        assert (describe_tests(nothing), list_failing(nothing), list_slowest(nothing)) == ("", [], [])


def test_show_tells_tests_and_artifacts(cli: Cli, daemon: FakeDaemon) -> None:
    """`show` has the counts beside a step, its failing tests below it, and the first artifacts."""
    failed = samples.step("tests", result="failure", exit_code=1, data={"tests": _TESTS})
    kept = {"count": 12, "bytes": 2**20, "first": [_artifact("a"), _artifact("b")]}
    daemon.answers["GetRun"] = {"detail": samples.detail(steps=[failed], artifacts=kept)}
    lines = cli("show", "842").stdout.splitlines()
    assert any(line.endswith("2 failed (1 new), 411 passed, 3 skipped  exit 1") for line in lines)
    assert r"      t::a\x1b: assert  (new since #841)" in lines
    assert lines[-1] == "  artifacts  a 13 B · b 13 B and 10 others, 1.0 MiB in all"
