"""From the command line to an exit status: finds the verb, parses its words, runs it, and says what went wrong."""

from __future__ import annotations

import os
import sys

from aegisctl.arguments import nearest, parse_words
from aegisctl.commands import COMMANDS, find_verb, load_verb
from aegisctl.failure import Failure, Leave
from aegisctl.output import Output, choose_form
from aegisctl.terminal import Terminal
from aegisd.wire.errors import EXIT_OK, EXIT_SIGINT, EXIT_SIGPIPE, EXIT_SOFTWARE, CallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from aegisctl.declare import Given

_STDOUT, _STDERR = 1, 2


def main() -> NoReturn:
    """The program. It ends without Python's own tidying up, which takes 2 ms of 17: nothing is buffered anywhere."""
    _fill_standard_streams()
    os._exit(run_words(sys.argv[1:]))


def run_words(words: Sequence[str]) -> int:
    """Carry out a command line and give its exit status. The only place where exceptions become messages."""
    try:
        return _run(list(words))
    except Leave as leave:
        return _tell_leave(leave)
    except KeyboardInterrupt:
        return EXIT_SIGINT
    except Exception as error:  # noqa: BLE001 - the boundary: what nobody expected is told in one line
        return _tell(error, as_json=_wants_json(words))


def _run(words: list[str]) -> int:
    name, rest = find_verb(words)
    verb, run = load_verb("overview" if name is None else _known(name))
    given = parse_words(verb, rest)
    if given.switch("help"):
        return _show_help(given)
    if given.switch("version"):
        verb, run = load_verb("version")
    if given.text("json") == "?":
        os.write(_STDOUT, "".join(f"{field}\n" for field in verb.fields).encode())
        return EXIT_OK
    return run(given=given, output=_open_output(given))


def _fill_standard_streams() -> None:
    """A closed stdout must not give its number to the next descriptor: answers would go to the daemon."""
    descriptor = 0
    while descriptor <= _STDERR:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)


def _known(name: str) -> str:
    if name in COMMANDS:
        return name
    guess = nearest(name, COMMANDS)
    hint = f"did you mean {guess}?" if guess else "all commands: aegisctl help"
    raise Failure("usage", f"there is no command {name!r}", hint=hint)


def _open_output(given: Given) -> Output:
    color, plain = given.text("color") or "auto", given.switch("plain")
    streams = [Terminal(fd, environ=os.environ, color=color, plain=plain) for fd in (_STDOUT, _STDERR)]
    form = choose_form(given, environ=os.environ)
    return Output(given, stdout=streams[0], stderr=streams[1], form=form)


def _show_help(given: Given) -> int:
    """`VERB --help` is `help VERB`, in the same form and through the same pager."""
    verb, run = load_verb("help")
    words = [] if given.verb.name in {"help", ""} else [given.verb.name]
    switches = [flag for flag in ("--no-pager", "--plain") if given.switch(flag[2:])]
    asked = parse_words(verb, words + switches)
    return run(given=asked, output=_open_output(asked))


def _tell_leave(leave: Leave) -> int:
    if leave.note:
        _write_error(f"{leave.note}\n")
    return leave.exit_status


def _tell(error: Exception, *, as_json: bool) -> int:
    if isinstance(error, BrokenPipeError):
        return EXIT_SIGPIPE  # the reader has seen enough
    if isinstance(error, Failure | CallError):
        return _tell_refusal(error, as_json=as_json)
    if os.environ.get("AEGIS_DEBUG", "") not in {"", "0"}:
        _print_traceback()
    if isinstance(error, OSError):
        where = f" {error.filename}" if error.filename else ""
        failure = Failure("cannot-write", f"the system refused{where}: {error.strerror or error}")
        return _tell_refusal(failure, as_json=as_json)
    return _tell_bug(error)


def _tell_refusal(error: Failure | CallError, *, as_json: bool) -> int:
    if as_json:
        _tell_json(code=error.code, status=error.exit_status, message=error.message, hint=error.hint)
        return error.exit_status
    report = error.parameters.get("report") if isinstance(error, CallError) else None
    text = f"aegisctl: {_lines(error.message)[0]}\n"
    text += "".join(f"  {line}\n" for line in _lines(error.message)[1:] + _lines(error.hint))
    _write_error(text + "".join(f"{line}\n" for line in _lines(report)))
    return error.exit_status


def _tell_bug(error: Exception) -> int:
    (text, *_) = _lines(f"{type(error).__name__}: {error}")
    _write_error(f"aegisctl: a bug in aegisctl: {text}\n  AEGIS_DEBUG=1 aegisctl ...   shows where; please report it\n")
    return EXIT_SOFTWARE


def _tell_json(*, code: str, status: int, message: str, hint: str | None) -> None:
    import json  # noqa: PLC0415 - a plain error does not need it

    error = {"code": code, "exit": status, "message": message, "help": hint}
    _write_error(json.dumps({"error": error}, ensure_ascii=False) + "\n")


def _print_traceback() -> None:
    import traceback  # noqa: PLC0415 - only for those who ask

    _write_error(traceback.format_exc())


def _lines(text: object) -> list[str]:
    from aegisctl.text import escape  # noqa: PLC0415 - only for errors

    return [] if text is None else [escape(line) for line in str(text).splitlines() or [""]]


def _write_error(text: str) -> None:
    try:
        Terminal(_STDERR, environ=os.environ).write(text)
    except OSError:
        return  # nobody is there to read it; the exit status still says it


def _wants_json(words: Sequence[str]) -> bool:
    """Whether errors are to be JSON, also when the words themselves are wrong."""
    if any(word == "--json" or word.startswith("--json=") for word in words):
        return True
    pairs = zip(words, [*words[1:], ""], strict=False)
    asked = any(
        pair in {("-o", "json"), ("-o", "jsonl"), ("--output", "json"), ("--output", "jsonl")}
        or pair[0] in {"-ojson", "-ojsonl", "--output=json", "--output=jsonl"}
        for pair in pairs
    )
    return asked or os.environ.get("AEGIS_OUTPUT") in {"json", "jsonl"}
