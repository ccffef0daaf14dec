"""The one program of the standalone folder: aegisd or aegisctl, by the name that it is called by.

Called by its own name it is the interpreter that both programs start helpers with (`sys.executable`), as far as they
do: `-c CODE` and `-m MODULE`, after flags that say what a frozen program does anyway (no environment, no
site-packages).
"""

import runpy
import sys

_FLAGS = {"-I", "-P", "-S"}


def main() -> None:
    """Become the program that is meant."""
    name = sys.argv[0].rpartition("/")[2]
    if name == "aegisctl":
        from aegisctl.main import main as aegisctl  # noqa: PLC0415 - the other one is not imported

        aegisctl()
    elif name == "aegisd":
        from aegisd.main import main as aegisd  # noqa: PLC0415 - as above

        sys.exit(aegisd())
    else:
        _interpret(sys.argv[1:])


def _interpret(words: list[str]) -> None:
    while words and words[0] in _FLAGS:
        words.pop(0)
    if len(words) < 2 or words[0] not in {"-c", "-m"}:
        sys.exit("call it as aegisd or aegisctl (links to it do)")
    kind, what, *rest = words
    sys.argv[:] = [kind, *rest]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what `python -c` does


main()
