"""The help topics: `aegisctl help TOPIC`."""

from __future__ import annotations

from aegisctl.exit_codes import EXIT_CODES

_ENVIRONMENT = """\
AEGIS_SOCKET      the control socket (after --socket, before the defaults)
AEGIS_TOKEN       in a step: whose events `emit` adds to the timeline
AEGIS_OUTPUT      text, json, jsonl or none: default of -o
AEGIS_PAGER       pager for logs, show and help (then PAGER, then less -FRX); "" or cat: none
AEGIS_ACCESSIBLE  1: words instead of marks, lines instead of a moving display
AEGIS_DEBUG       1: what goes over the socket, and tracebacks, on stderr
AEGIS_CONFIG      what `validate` checks when no path is given
AEGIS_RUN_ID      set inside a step: `run` there records it as the parent run
AEGIS_ARTIFACTS   in a step: a folder; what is in it when the attempt ends is kept with the run
AEGIS_HELPERS     in a step: the folder of aegis_emit.py, with which Python programs tell what they do
TRACEPARENT       set inside a step, and by programs that trace: `run` continues that trace
NO_COLOR          any value: no colours
CLICOLOR_FORCE    not 0: colours even in a pipe (FORCE_COLOR too); CLICOLOR=0: none
COLUMNS, TERM     width and kind of the terminal; TERM=dumb: as AEGIS_ACCESSIBLE
XDG_RUNTIME_DIR   where a user's own daemon has its socket: aegis/control.sock
"""

_OUTPUT = """\
stdout carries the answer and nothing else; progress, hints and errors go to stderr.

On a terminal: tables with marks, colours, relative times; what is too wide is cut.
In a pipe: tab-separated, no header, whole words, times in RFC 3339 UTC, nothing is cut.

--json            one document, or one object a line for what follows (run, tail-events, logs)
--json=id,result  only these fields; --json=? lists the fields of a verb
-o jsonl          lists as one object a line; -o none: no answer, only the exit status
Each JSON document says "schema":"aegis/v1": fields are added, never changed or removed.
Durations are seconds in fields named *_s. With --json an error is one object on stderr:
{"error":{"code":"AEG131","exit":69,"message":"...","help":"..."}}

--color auto|always|never wins over NO_COLOR, that over CLICOLOR_FORCE and FORCE_COLOR.
--plain (or AEGIS_ACCESSIBLE=1, TERM=dumb, a locale that is not UTF-8) uses words and ASCII.
"""

_SELECTORS = """\
842        run 842 (so does #842)
quality    the latest run of workflow quality
quality~2  the second before that
-          the last run that you started
           watch without a run: the only one that is executing, else the newest
"""

_TIME = """\
-S and -U take:
  2h, "30m ago", 1d12h      that long ago
  now, today, yesterday     the last two begin at midnight
  08:00, 08:00:30           today, in your time zone
  2026-11-21                midnight of that day, in your time zone
  "2026-11-21 08:00"        in your time zone
  2026-11-21T08:00:00Z      RFC 3339, any offset
Durations (--timeout): 90, 90s, 10m, 1h30m, 2d.
Lists show ages, details your local time; --utc shows UTC everywhere; pipes and JSON always do.
"""

_SIGNALS = """\
The daemon owns the run. Watching never stops anything. Only run and retry cancel, and only
when you say so.

run, retry on a terminal
  Ctrl-C          asks: c cancel, d detach, Enter keep watching; after 8 s it detaches (130)
  Ctrl-C again    cancels the run and shows its end (3)
  and again       leaves at once (130); the cancellation goes on in the daemon
  SIGTERM         detaches (143)
run, retry in a pipe or CI (--on-interrupt, there cancel by default)
  Ctrl-C, SIGTERM cancels, waits up to 10 s for the end (3); again: leaves at once
watch             Ctrl-C leaves (130)
cancel            Ctrl-C stops waiting (130); the cancellation stands
logs -f, tail-events
                  Ctrl-C leaves (0)
SIGTERM leaves any other verb with 143, SIGHUP any verb without a word (129).
"""


def _exit_codes() -> str:
    return "".join(f"{code:>3}  {meaning}\n" for code, meaning, _ in EXIT_CODES)


TOPICS = {
    "exit-codes": ("what the exit statuses mean, the same for every verb", _exit_codes()),
    "environment": ("the variables that aegisctl reads", _ENVIRONMENT),
    "output": ("terminal, pipe, JSON, colours", _OUTPUT),
    "selectors": ("how to name a run", _SELECTORS),
    "time": ("how to write times and durations", _TIME),
    "signals": ("what Ctrl-C and signals do", _SIGNALS),
}
