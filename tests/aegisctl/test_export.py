"""`export`: a bundle that any tar reads, the same each time; and `--verify`, which no changed archive passes."""

import gzip
import hashlib
import io
import json
import tarfile
from binascii import b2a_base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aegisctl.bundle_tar import END, make_header, padding
from aegisctl.bundle_verify import verify_bundle
from aegisctl.failure import Failure
from tests.aegisctl import samples
from tests.aegisctl.conftest import Cli
from tests.aegisctl.fake_daemon import Conversation, FakeDaemon

LONG = "ä/" + "y" * 200 + "/f"
FILES = {"a.txt": b"one", LONG: b"", "big": b"x" * 300_000}


def _artifact(key: str) -> dict[str, Any]:
    data = FILES[key]
    known = {"key": key, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "type": "text/plain"}
    return {**known, "saved_at": samples.stamp(0), "step": "s", "attempt": 1}


def _encode(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def _read(talk: Conversation) -> None:
    key = talk.parameters["key"]
    talk.stream({"offset": 0, "data": _encode(FILES[key])}, {"artifact": _artifact(key)})


def _logs(talk: Conversation) -> None:
    text = f"{talk.parameters['steps'][0]} {talk.parameters['attempt']}\n".encode()
    talk.stream({"step": "s", "attempt": 1, "offset": 0, "size": len(text), "data": _encode(text)}, {})


@pytest.fixture
def finished(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon with a finished run of two steps, one of which was tried twice, and three artifacts."""
    steps = [samples.step("lint", data={}), samples.step("tests", index=1, attempt=2, data={})]
    event = {"cursor": "e.1", "seq": 1, "type": "workflow.queued", "data": {"reason": "\ud800 ä"}}
    daemon.answers |= {
        "GetRun": {"detail": samples.detail(steps=steps)},
        "GetDefinition": {"definition": {"digest": "5e0d", "steps": []}},
        "TailEvents": lambda talk: talk.stream({"event": event}, {}),
        "ListArtifacts": {"artifacts": [_artifact(key) for key in FILES], "next": None},
        "ReadArtifact": _read,
        "ReadLogs": _logs,
    }
    return daemon


def _bundle(cli: Cli, path: Path) -> bytes:
    answer = cli("export", "842", "-O", str(path))
    assert answer.returncode == 0, answer.stderr
    return path.read_bytes()


def test_any_tar_reads_it(cli: Cli, finished: FakeDaemon, tmp_path: Path) -> None:
    """Python's own reader finds the members, in order, with the digests of the manifest; also names that are long or
    not ASCII."""
    data = _bundle(cli, tmp_path / "run.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        bodies = {member.name: (archive.extractfile(member) or io.BytesIO()).read() for member in archive}
    manifest = json.loads(bodies.pop("run-842/manifest.json"))
    assert list(bodies) == [f"run-842/{member['name']}" for member in manifest["members"]]
    for member in manifest["members"]:
        body = bodies[f"run-842/{member['name']}"]
        assert (len(body), hashlib.sha256(body).hexdigest()) == (member["size"], member["sha256"])
    assert {name: bodies[f"run-842/artifacts/{name}"] for name in FILES} == FILES
    logs = ["logs/0000-lint.1.log", "logs/0001-tests.1.log", "logs/0001-tests.2.log"]
    assert [bodies[f"run-842/{name}"] for name in logs] == [b"lint 1\n", b"tests 1\n", b"tests 2\n"]
    assert (manifest["run"], manifest["workflow"], manifest["format"]) == (842, "quality", "aegis-run-1")
    assert b"cursor" not in bodies["run-842/events.jsonl"]


def test_the_same_run_gives_the_same_file(cli: Cli, finished: FakeDaemon, tmp_path: Path) -> None:
    """Nothing in it depends on the moment or the name of the file."""
    first = _bundle(cli, tmp_path / "a.tar.gz")
    finished.answers["GetRun"]["detail"]["run"] |= {"usual_s": 99.0}  # type: ignore[index]
    assert _bundle(cli, tmp_path / "b.tgz") == first
    assert _bundle(cli, tmp_path / "c.tar") == gzip.decompress(first)


def test_it_verifies(cli: Cli, finished: FakeDaemon, tmp_path: Path) -> None:
    """What was exported is whole, compressed or not; the daemon is not asked."""
    for name in ("run.tar.gz", "run.tar"):
        _bundle(cli, tmp_path / name)
        asked = len(finished.calls)
        answer = cli("export", "--verify", str(tmp_path / name))
        assert (answer.returncode, "10 files of run #842 of quality" in answer.stdout) == (0, True)
        assert len(finished.calls) == asked
    assert json.loads(cli("export", "--verify", str(tmp_path / "run.tar"), "--json=run").stdout)["run"] == 842


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["export"], 2, "RUN is missing"),
        (["export", "842", "-O", "run.zip"], 2, "does not say what to write"),
        (["export", "--verify", "/no/such/file"], 66, "there is no file"),
    ],
)
def test_wrong_words(cli: Cli, finished: FakeDaemon, words: list[str], status: int, told: str) -> None:
    """What is missing or cannot be is said before anything is asked or written."""
    answer = cli(*words)
    assert (answer.returncode, told in answer.stderr) == (status, True)


def test_what_cannot_be_exported(cli: Cli, finished: FakeDaemon, tmp_path: Path) -> None:
    """A run that goes on, a file that is there, and output that changes on the way leave no bundle."""
    target = tmp_path / "run.tar"
    target.write_text("mine")
    assert cli("export", "842", "-O", str(target)).returncode == 69
    assert target.read_text() == "mine"
    target.unlink()
    times = iter(range(100))

    def changing(talk: Conversation) -> None:
        talk.stream({"offset": 0, "data": _encode(b"%d" % next(times))}, {})

    finished.answers["ReadLogs"] = changing
    answer = cli("export", "842", "-O", str(target))
    assert (answer.returncode, "changed while it was exported" in answer.stderr) == (69, True)
    finished.answers["GetRun"] = {"detail": samples.detail(run=samples.run(state="executing", result=None))}
    assert cli("export", "842", "-O", str(target)).returncode == 2
    assert list(tmp_path.glob("run.tar*")) == []


def test_zstandard(cli: Cli, finished: FakeDaemon, tmp_path: Path) -> None:
    """.tar.zst works where Python has it, and is refused in words before anything is written elsewhere."""
    answer = cli("export", "842", "-O", str(tmp_path / "run.tar.zst"))
    try:
        __import__("compression.zstd")
    except ImportError:
        assert (answer.returncode, "use .tar.gz" in answer.stderr) == (2, True)
        assert list(tmp_path.glob("run*")) == []
    else:
        assert cli("export", "--verify", str(tmp_path / "run.tar.zst")).returncode == 0


def _tar(*members: tuple[str, bytes], end: bytes = END, mtime: int = 7) -> bytes:
    parts = [make_header(name, len(body), mtime) + body + padding(len(body)) for name, body in members]
    return b"".join(parts) + end


def _manifest(*members: tuple[str, bytes], **changes: Any) -> tuple[str, bytes]:
    rows = [{"name": n, "size": len(b), "sha256": hashlib.sha256(b).hexdigest()} for n, b in members]
    manifest = {"format": "aegis-run-1", "run": 1, "workflow": "w", "members": rows, **changes}
    return "run-1/manifest.json", json.dumps(manifest).encode()


_GOOD = _tar(_manifest(("a", b"one"), ("b/c", b"")), ("run-1/a", b"one"), ("run-1/b/c", b""))


def _link(target: str, kind: bytes) -> bytes:
    info = tarfile.TarInfo("run-1/a")
    info.type, info.linkname, info.mtime = kind, target, 7
    return _tar(_manifest(("a", b"")), end=b"") + info.tobuf(tarfile.USTAR_FORMAT) + END


def _slip(name: str) -> bytes:
    return _tar(_manifest((name, b"x")), ("run-1/" + name, b"x"))


_CHANGED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "not an archive": lambda: b"PK\3\4" + bytes(1000),
    "cut off": lambda: _GOOD[:-1],
    "cut in the middle": lambda: _GOOD[:1600],
    "cut gzip": lambda: gzip.compress(_GOOD)[:-9],
    "broken gzip": lambda: gzip.compress(_GOOD)[:20] + b"\xff" * 50,
    "other bytes": lambda: _GOOD.replace(b"one", b"two"),
    "a member more": lambda: _GOOD[: -len(END)] + _tar(("run-1/evil", b"x")),
    "something after the end": lambda: _GOOD + _tar(("run-1/evil", b"x")),
    "a second gzip": lambda: gzip.compress(_GOOD) + gzip.compress(b"x"),
    "a member less": lambda: _tar(_manifest(("a", b"one"), ("b", b"")), ("run-1/a", b"one")),
    "another order": lambda: _tar(_manifest(("a", b"1"), ("b", b"2")), ("run-1/b", b"2"), ("run-1/a", b"1")),
    "twice the same name": lambda: _tar(_manifest(("a", b"1"), ("a", b"1")), ("run-1/a", b"1"), ("run-1/a", b"1")),
    "hidden in the padding": lambda: _GOOD.replace(b"one" + bytes(20), b"one" + b"evil" * 5),
    "a symbolic link": lambda: _link("/etc/passwd", tarfile.SYMTYPE),
    "a hard link": lambda: _link("/etc/passwd", tarfile.LNKTYPE),
    "a device": lambda: _link("", tarfile.CHRTYPE),
    "leads out": lambda: _slip("../../evil"),
    "a dot in the way": lambda: _slip("a/./b"),
    "an absolute name": lambda: _slip("/etc/cron.d/evil"),
    "a second manifest": lambda: _slip("manifest.json"),
    "another folder": lambda: _tar(_manifest(("a", b"1")), ("run-2/a", b"1")),
    "another run": lambda: _tar(_manifest(run=2)),
    "another format": lambda: _tar(_manifest(format="zip")),
    "a wrong size": lambda: _tar(_manifest(members=[{"name": "a", "size": -1, "sha256": "0" * 64}])),
    "a size that is true": lambda: _tar(_manifest(members=[{"name": "a", "size": True, "sha256": "0" * 64}])),
    "a name that is none": lambda: _tar(_manifest(members=[{"name": 1, "size": 1, "sha256": "0" * 64}])),
    "half a surrogate": lambda: _tar(_manifest(members=[{"name": "\ud800", "size": 0, "sha256": "0" * 64}])),
    "no members": lambda: _tar(_manifest(members=None)),
    "a manifest that is a list": lambda: _tar(("run-1/manifest.json", b"[]")),
    "a manifest that is deep": lambda: _tar(("run-1/manifest.json", b"[" * 100_000)),
    "a manifest that is no JSON": lambda: _tar(("run-1/manifest.json", b"\xff")),
    "a manifest without end": lambda: make_header("run-1/manifest.json", 10**10, 7) + bytes(5000),
    "no manifest": lambda: _tar(("run-1/a", b"one")),
    "a bomb": lambda: gzip.compress(_tar(_manifest(), end=b"") + bytes(50_000_000)),
    "a header of another program": lambda: _GOOD.replace(b"ustar\x0000", b"ustar  \0"),
    "an owner": lambda: _GOOD.replace(b"0000644\x000000000", b"0004755\x000000000"),
}


@pytest.mark.parametrize("change", _CHANGED)
def test_changed_bundles(change: str) -> None:
    """Nothing but a whole bundle passes, and what is refused is refused in words; nothing is written anywhere."""
    with pytest.raises(Failure, match="no whole bundle") as caught:
        verify_bundle(io.BytesIO(_CHANGED[change]()))
    assert caught.value.exit_status == 1
    assert caught.value.message.isprintable()


def test_the_good_one() -> None:
    """The archive that the changed ones were made of is whole."""
    assert verify_bundle(io.BytesIO(_GOOD))["run"] == 1
    assert verify_bundle(io.BytesIO(gzip.compress(_GOOD)))["run"] == 1


def test_every_changed_byte_is_found() -> None:
    """Whichever byte of the archive is another, it is not whole, or has a manifest of another digest."""
    known = verify_bundle(io.BytesIO(_GOOD))["manifest_sha256"]
    passed = 0
    for place in range(len(_GOOD)):
        changed = bytearray(_GOOD)
        changed[place] ^= 0x21
        try:
            assert verify_bundle(io.BytesIO(bytes(changed)))["manifest_sha256"] != known
        except Failure:
            continue
        passed += 1
    assert passed < 20


@pytest.mark.parametrize("size", [0, 511, 8**11 - 1, 8**11, 2**50])
@pytest.mark.parametrize("name", ["a", "x" * 100, "y" * 101, "ä", "z" * 2000])
def test_headers(name: str, size: int) -> None:
    """Python's own reader finds name, size and time in each header, also where they do not fit into the old one."""
    header = make_header(name, size, 1_800_000_000)
    assert len(header) % 512 == 0
    with tarfile.open(fileobj=io.BytesIO(header), mode="r|") as archive:
        member = archive.next()
    assert member is not None
    assert (member.name, member.size, member.mtime, member.isreg(), member.mode) == (
        name,
        size,
        1_800_000_000,
        True,
        0o644,
    )
