"""Modules that are imported without being loaded."""

import importlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from aegisd.late import postpone

NAME = "aegis_postponed"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that can be imported, and notes in a file beside it each time that it is executed."""
    path = tmp_path / f"{NAME}.py"
    path.write_text(
        f"import time\nwith open({str(tmp_path / 'count')!r}, 'a') as file:\n    file.write('x')\n"
        f"import {NAME}\nEARLY = hasattr({NAME}, 'LATE')\ntime.sleep(0.05)\nLATE = 7\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield tmp_path / "count"
    sys.modules.pop(NAME, None)


def _import() -> ModuleType:
    return importlib.import_module(NAME)


def test_the_first_look_loads(file: Path) -> None:
    """Imports, and questions of the import system, load nothing; the first look into the module does, once."""
    postpone(NAME)
    module = _import()
    assert module is _import()
    assert module.__spec__ is not None
    assert not hasattr(module, "__path__")
    assert not file.exists()
    assert module.LATE == 7
    assert module.EARLY is False  # it asked for itself while it was loaded
    assert (file.read_text(), type(module), module is _import()) == ("x", ModuleType, True)
    with pytest.raises(AttributeError, match="no_such"):
        _ = module.no_such


def test_threads_wait_for_it(file: Path) -> None:
    """Whoever looks while another thread loads it waits for the end of that."""
    postpone(NAME)
    module = _import()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(module.LATE)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, file.read_text()) == ([7] * 8, "x")


def test_what_is_there_stays(file: Path) -> None:
    """A module that was imported before is left alone, and one that does not exist is not made up."""
    before = _import()
    postpone(NAME, "aegis_no_such_module")
    assert sys.modules[NAME] is before
    assert "aegis_no_such_module" not in sys.modules
    assert file.read_text() == "x"


def test_tls_works_after_it() -> None:
    """A postponed `ssl` is the real one for those who imported it before it was loaded, Trio among them."""
    program = (
        "import sys\nfrom aegisd.late import postpone\npostpone('ssl', 'idna')\nimport ssl, trio\n"
        "assert '_ssl' not in sys.modules\n"
        "context = ssl.create_default_context()\n"
        "assert isinstance(context, trio._ssl._stdlib_ssl.SSLContext)\n"
        "assert trio._socket._idna.encode('b\\u00fccher') == b'xn--bcher-kva'\n"
        "from ssl import SSLError\nassert issubclass(SSLError, OSError)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
