"""The exit statuses: one table for `aegisctl help exit-codes` and the reference page."""

from __future__ import annotations

EXIT_CODES = (
    (0, "done; the run passed or was skipped; nothing was found", ""),
    (
        1,
        "the run failed (your command failed); validate, doctor, diff, --verify found something; status --exit-status",
        "fix it",
    ),
    (2, "usage: unknown verb or flag, missing argument, bad parameter, not possible now", "aegisctl VERB --help"),
    (3, "the run was cancelled", ""),
    (4, "the run timed out (its own limit)", ""),
    (5, "the run ended in error: aegis, the host, a restart", "not your code"),
    (66, "no such workflow, run, step, artifact, file or help topic", ""),
    (69, "the daemon cannot be reached, or a stream broke", "start it: systemctl start aegisd"),
    (70, "a bug in aegisctl or aegisd", "report it"),
    (75, "try later: the queue is full, the daemon is draining", ""),
    (77, "no permission on the socket or for this act", "join the group"),
    (78, "the configuration is invalid, the reload was refused", "aegisctl validate"),
    (124, "the --timeout of waiting ran out; the run goes on", "aegisctl watch"),
    (129, "left because the terminal went away (SIGHUP); a run goes on", ""),
    (130, "left because of Ctrl-C (SIGINT); a run goes on", "aegisctl watch"),
    (141, "the reader of a pipe went away (SIGPIPE)", ""),
    (143, "left because of SIGTERM; a run goes on", ""),
)
