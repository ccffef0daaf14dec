"""What a process that lives long and makes many small lasting objects wants of CPython and of the C library."""

import ctypes
import gc
import linecache
import sys
from typing import Any

_SWITCH_S = 0.0005
_YOUNG = 300_000
_M_ARENA_MAX = -8  # mallopt(3)


class _NoSources(dict[str, Any]):
    """Takes no offers."""

    def setdefault(self, key: str, default: Any = None) -> Any:
        return self.get(key, default)


def keep_no_sources() -> None:
    """From here on attrs keeps no source of the methods that it writes, half a MiB of text, in which only a debugger
    would look. Tracebacks read the files of modules as ever."""
    linecache.cache = _NoSources()


def share_arena() -> None:
    """Let all threads have their memory from one place, where the C library has several: those are for programs whose
    threads run side by side. Called before there are any."""
    _call("mallopt", _M_ARENA_MAX, 1)


def give_back() -> None:
    """Give free memory back to the host. Takes about a millisecond."""
    _call("malloc_trim", 0)


def settle() -> None:
    """All is imported: what is there stays, and the collector need not look at it again."""
    sys.setswitchinterval(_SWITCH_S)
    gc.freeze()
    gc.set_threshold(_YOUNG)


def _call(name: str, *arguments: int) -> None:
    """Call a function of the GNU C library; another one may not have it, and needs it less."""
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)
