"""The flags that every verb takes, before or after its name."""

from __future__ import annotations

from aegisctl.declare import Flag

GLOBAL_FLAGS = (
    Flag(
        "--socket", metavar="PATH", help="the control socket (default: $AEGIS_SOCKET, then the user's, then the host's)"
    ),
    Flag("-o", "--output", choices=("text", "json", "jsonl", "none"), help="form of the answer on stdout"),
    Flag("--json", metavar="FIELDS", optional="", help="answer in JSON; =id,result picks fields, =? lists them"),
    Flag("--color", choices=("auto", "always", "never"), help="colours (default auto: on a terminal; see NO_COLOR)"),
    Flag("--plain", help="words and ASCII instead of marks"),
    Flag("--utc", help="times in UTC"),
    Flag("--no-pager", help="never start a pager"),
    Flag("-q", "--quiet", help="only the answer and errors"),
    Flag("-v", "--verbose", help="more detail"),
    Flag("--no-input", help="never ask a question"),
    Flag("-h", "--help", help="help for the verb"),
    Flag("-V", "--version", help="the version"),
)
