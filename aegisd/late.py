"""Lets modules be imported without being loaded, which libraries import in case somebody needs them: Trio `ssl` and
`idna`, urllib `ipaddress`, shutil `bz2` and `lzma`. An aegisd where nobody does would carry two MiB of them for ever.

Such a module is there under its name and fills itself at the first look into it. The standard library has the same
(`importlib.util.LazyLoader`), but there the next `import` of it is a look. Only for modules in Python that others
import by their name, never for those of aegis: what is configured is imported at the start.
"""

import importlib.util
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec


class _Later(ModuleType):
    """A module before it is filled. Whoever asks how it was imported is answered without that."""

    def __init__(self, spec: "ModuleSpec", loader: "Loader") -> None:
        super().__init__(spec.name)
        self.__spec__ = spec
        self.__loader__ = self._loader = loader
        self.__file__ = spec.origin
        self.__package__ = spec.parent
        if spec.submodule_search_locations is not None:
            self.__path__ = spec.submodule_search_locations
        self._filling = threading.RLock()
        self._is_begun = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        with self._filling:  # others wait; whoever fills it, and comes by again, sees what is there so far
            if not self._is_begun:
                self._is_begun = True
                self._loader.exec_module(self)
                self.__class__ = ModuleType  # type: ignore[assignment]
        try:
            return self.__dict__[name]
        except KeyError:
            message = f"module {self.__name__!r} has no attribute {name!r}"
            raise AttributeError(message) from None


def postpone(*names: str) -> None:
    """From here on `import NAME` costs nothing. Does nothing about what was imported before, or is not there."""
    for name in names:
        spec = None if name in sys.modules else importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            sys.modules[name] = _Later(spec, spec.loader)
