"""What an attempt used, from the files of a cgroup as the kernel writes them."""

import resource
from pathlib import Path

import attrs

from aegisd.executors.accounting import from_cgroup, from_rusage

CPU = "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 0\n"
IO = "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=1 wios=1\n"
PRESSURE = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"


def test_all_controllers(tmp_path: Path) -> None:
    """The cgroup's numbers are taken where its controllers count."""
    files = {"cpu.stat": CPU, "io.stat": IO, "memory.peak": "1048576\n", "cpu.pressure": PRESSURE}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    used = from_cgroup(str(tmp_path), from_rusage(spent), controllers=frozenset({"io", "memory"}), with_pressure=True)
    assert (used.user_s, used.system_s, used.memory_bytes) == (2.0, 0.5, 1 << 20)
    assert (used.read_bytes, used.written_bytes) == (4097, 8194)
    assert used.stalled_s == {"cpu": 1.5}
    assert (used.yielded, used.preempted) == (spent.ru_nvcsw, spent.ru_nivcsw)


def test_no_controller(tmp_path: Path) -> None:
    """Without controllers the numbers of wait(2) are taken; memory that only says what aegisd has itself is unknown."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    used = from_cgroup(str(tmp_path), from_rusage(spent), controllers=frozenset(), with_pressure=True)
    assert used.user_s == round(spent.ru_utime, 6)
    assert used.memory_bytes is None
    assert used.read_bytes == spent.ru_inblock * 512
    assert used.stalled_s is None


def test_nobody_asks_for_pressure(tmp_path: Path) -> None:
    """A short attempt has no pressure read."""
    (tmp_path / "cpu.pressure").write_text(PRESSURE)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    used = from_cgroup(str(tmp_path), from_rusage(spent), controllers=frozenset(), with_pressure=False)
    assert used.stalled_s is None
    assert len(attrs.astuple(used)) == 8
