"""The one program of the standalone folder: aegisd or aegisctl, by the name that it is called by.

By any other name its first word says which (`aegis-linux-x86_64 aegisctl status`), or `demo`. And it is the interpreter
that both programs start helpers with (`sys.executable`), as far as they do: `-c CODE` and `-m MODULE`, after flags that
say what a frozen program does anyway (no environment, no site-packages).
"""

import os
import runpy
import sys

_FLAGS = {"-I", "-P", "-S"}
_PROGRAMS = {"aegisd", "aegisctl"}


def main() -> None:
    """Become the program that is meant."""
    name, words = sys.argv[0].rpartition("/")[2], sys.argv[1:]
    if name not in _PROGRAMS and words and words[0] in _PROGRAMS:
        name = words.pop(0)
        sys.argv[:] = [name, *words]
    if name == "aegisctl":
        from aegisctl.main import main as aegisctl  # noqa: PLC0415 - the other one is not imported

        aegisctl()
    elif name == "aegisd":
        from aegisd.__main__ import start as aegisd  # noqa: PLC0415 - as above

        sys.exit(aegisd())
    elif words == ["demo"]:
        _show_demo()
    else:
        _interpret(words)


def _show_demo() -> None:
    """Both programs lie beside this one, the demo among its files."""
    folder = os.path.dirname(sys.executable)  # noqa: PTH120 - before anything is imported
    path = os.pathsep.join([folder, os.environ.get("PATH") or os.defpath])
    script = os.path.join(sys._MEIPASS, "demo", "demo.sh")  # type: ignore[attr-defined] # noqa: PTH118, SLF001
    os.execve("/bin/sh", ["sh", script], {**os.environ, "PATH": path})  # noqa: S606 - our own script


def _interpret(words: list[str]) -> None:
    while words and words[0] in _FLAGS:
        words.pop(0)
    if len(words) < 2 or words[0] not in {"-c", "-m"}:
        sys.exit("call it as aegisd or aegisctl (links to it do), or with `aegisd`, `aegisctl` or `demo` as first word")
    kind, what, *rest = words
    sys.argv[:] = [kind, *rest]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what `python -c` does


main()
