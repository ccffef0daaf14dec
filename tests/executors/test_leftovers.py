"""What outlived its aegisd: killed by its marks, and nobody else."""

import subprocess
from pathlib import Path

from aegisd.executors.leftovers import kill_leftovers
from tests.executors.kit import is_gone

SOCKET = "/run/aegis-leftovers-test.sock"


def _start(script: str, run: int, socket: str = SOCKET, **marks: str) -> "subprocess.Popen[bytes]":
    env = {"PATH": "/usr/bin:/bin", "AEGIS_SOCKET": socket, "AEGIS_RUN_ID": str(run), **marks}
    return subprocess.Popen(["sh", "-c", script], env=env, start_new_session=True, stdout=subprocess.PIPE)


async def test_a_tree_is_gone(tmp_path: Path) -> None:
    """Main process, children that left the session and new ones that come meanwhile are all killed and counted."""
    script = (
        f"setsid sh -c 'trap \"\" TERM; while :; do sleep 0.02 & wait; echo >> {tmp_path}/alive; done' & echo up; wait"
    )
    with _start(script, 7) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        assert await kill_leftovers({7, 8}, socket=SOCKET) >= 2
        assert process.wait() == -9
    assert await kill_leftovers({7}, socket=SOCKET) == 0


async def test_what_is_spared() -> None:
    """Of two processes of a run the one that has all the marks that are spared goes on."""
    one, other = _start("exec sleep 60", 7, AEGIS_STEP="a"), _start("exec sleep 60", 7, AEGIS_STEP="b")
    with one, other:
        marks = frozenset({b"AEGIS_RUN_ID=7", b"AEGIS_STEP=a"})
        assert await kill_leftovers({7}, socket=SOCKET, spare=[marks]) == 1
        assert other.wait() == -9
        assert one.poll() is None
        one.kill()


async def test_others_are_left_alone() -> None:
    """Steps of other runs, and of an aegisd with another socket, go on."""
    with _start("exec sleep 60", 8) as other_run, _start("exec sleep 60", 7, "/run/other.sock") as other_daemon:
        try:
            assert await kill_leftovers({7}, socket=SOCKET) == 0
            assert not await is_gone(other_run.pid)
            assert not await is_gone(other_daemon.pid)
        finally:
            other_run.kill()
            other_daemon.kill()
