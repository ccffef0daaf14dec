"""Trying a sandbox out: what it says, and what is advised when it cannot be made."""

import tempfile
from pathlib import Path

import pytest

from aegisd.executors import trial
from aegisd.executors.sandbox import Secrets
from aegisd.executors.trial import TrialError, find_sandbox_obstacle, try_sandbox
from tests.executors.sandboxes import needs_sandbox

NOTHING = Secrets(paths=())


@needs_sandbox
def test_it_works() -> None:
    """The output of a program in a sandbox that has its own processes."""
    seen = try_sandbox("/bin/sh", "-c", "echo $$; ls -d /proc/[0-9]*", network=False, secrets=NOTHING).split()
    assert int(seen[0]) < 10
    assert len(seen) < 10
    assert find_sandbox_obstacle(network=True) is None


def test_no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program is missing, the package is named."""
    monkeypatch.setattr(trial, "find_bwrap", lambda: None)
    found = find_sandbox_obstacle(network=True)
    assert found
    assert (found.reason, found.fix) == ("bubblewrap is not installed", "apt install bubblewrap")


@pytest.mark.parametrize(
    ("words", "uid", "switches", "fix"),
    [
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", 0, {}, "ProcSubset=pid"),
        ("bwrap: No permissions to create new namespace", 1000, {"clone": "0"}, "kernel.unprivileged_userns_clone=1"),
        ("bwrap: setting up uid map: Permission denied", 1000, {"apparmor": "1"}, "bwrap-userns-restrict"),
        ("bwrap: Creating new namespace failed: No space left on device", 1000, {"max": "0"}, "max_user_namespaces"),
        ("bwrap: Creating new namespace failed: Operation not permitted", 1000, {}, "RestrictNamespaces="),
        ("bwrap: Unknown option --perms", 0, {}, "0.5 or newer"),
        ("bwrap: Failed to make / slave: Invalid argument", 0, {}, "must be a mount"),
        ("", 0, {"clone": "0"}, "RestrictNamespaces="),
    ],
)
def test_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, uid: int, switches: dict[str, str], fix: str
) -> None:
    """The words of bubblewrap, and the setting that most likely is in the way."""
    program = tmp_path / "bwrap"
    program.write_text(f'#!/bin/sh\necho "{words}" >&2\nexit 1\n')
    program.chmod(0o755)
    for (_, value, advice), name in zip(trial._SWITCHES, ("clone", "max", "apparmor"), strict=True):
        (tmp_path / name).write_text(switches.get(name, "1" if value == "0" else "0"))
        assert advice
    places = tuple(
        (str(tmp_path / name), value, advice)
        for (_, value, advice), name in zip(trial._SWITCHES, ("clone", "max", "apparmor"), strict=True)
    )
    monkeypatch.setattr(trial, "_SWITCHES", places)
    monkeypatch.setattr(trial, "find_bwrap", lambda: str(program))
    monkeypatch.setattr(trial.os, "geteuid", lambda: uid)
    with pytest.raises(TrialError) as caught:
        try_sandbox("true", network=True, secrets=NOTHING)
    assert words.removeprefix("bwrap: ") in caught.value.obstacle.reason
    assert fix in caught.value.obstacle.fix


def test_no_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written to, that is said, and what to do about it."""
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nothing")
    monkeypatch.setattr(trial, "find_bwrap", lambda: "/bin/true")
    found = find_sandbox_obstacle(network=True)
    assert found
    assert found.reason == "no temporary folder can be made: No such file or directory"
    assert "ReadWritePaths=" in found.fix
