"""What aegisd asks of its interpreter."""

import subprocess
import sys


def test_no_sources_are_kept() -> None:
    """What attrs writes is not kept as text; the lines of a file are still found for a traceback."""
    program = (
        "import linecache\nfrom aegisd import tuning\ntuning.keep_no_sources()\nimport attrs\n"
        "@attrs.frozen\nclass Value:\n    number: int\n"
        "assert Value(1) == Value(1)\n"
        "assert [name for name in linecache.cache if name.startswith('<attrs')] == []\n"
        "assert 'keep_no_sources' in linecache.getline(tuning.__file__, "
        "tuning.keep_no_sources.__code__.co_firstlineno)\n"
        "assert tuning.__file__ in linecache.cache\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_it_can_be_asked_for_twice() -> None:
    """All of it leaves a working interpreter behind, with threads."""
    program = (
        "import gc, sys, threading\nfrom aegisd import tuning\n"
        "for _ in range(2):\n    tuning.share_arena()\n    tuning.settle()\n"
        "assert gc.get_freeze_count() > 1000 and gc.get_threshold()[0] == 300_000\n"
        "found = []\n"
        "threads = [threading.Thread(target=lambda: found.append(bytes(1 << 20))) for _ in range(8)]\n"
        "[t.start() for t in threads]\n[t.join() for t in threads]\nassert len(found) == 8\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
