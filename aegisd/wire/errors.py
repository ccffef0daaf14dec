"""The errors that cross the control socket: each with its Varlink name, exit status and code for `aegisctl explain`.

A client learns the exit status from this table, so that both programs always agree. A daemon raises `CallError`; its
parameters are `message` (what happened and where) and `hint` (what to do next), plus what the kind of error adds.
"""

INTERFACE = "io.aegisd.Control"

# exit statuses (docs/reference/exit-codes.md); sysexits.h where one fits
EXIT_OK = 0
EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_CANCELLED = 3
EXIT_TIMEOUT = 4
EXIT_ERROR = 5
EXIT_NO_INPUT = 66
EXIT_UNAVAILABLE = 69
EXIT_SOFTWARE = 70
EXIT_TEMPFAIL = 75
EXIT_NO_PERMISSION = 77
EXIT_CONFIG = 78
EXIT_CLIENT_TIMEOUT = 124
EXIT_SIGINT = 130
EXIT_SIGPIPE = 141
EXIT_SIGTERM = 143

EXIT_BY_RESULT = {
    "success": EXIT_OK,
    "skip": EXIT_OK,
    "failure": EXIT_FAILURE,
    "cancellation": EXIT_CANCELLED,
    "timeout": EXIT_TIMEOUT,
    "error": EXIT_ERROR,
}

# Varlink error name -> (code for `explain`, exit status)
ERRORS = {
    f"{INTERFACE}.NoSuchWorkflow": ("AEG101", EXIT_NO_INPUT),
    f"{INTERFACE}.NoSuchRun": ("AEG102", EXIT_NO_INPUT),
    f"{INTERFACE}.NoSuchStep": ("AEG103", EXIT_NO_INPUT),
    f"{INTERFACE}.BadParameter": ("AEG104", EXIT_USAGE),
    f"{INTERFACE}.BadCursor": ("AEG105", EXIT_USAGE),
    f"{INTERFACE}.QueueFull": ("AEG106", EXIT_TEMPFAIL),
    f"{INTERFACE}.Draining": ("AEG107", EXIT_TEMPFAIL),
    f"{INTERFACE}.PermissionDenied": ("AEG108", EXIT_NO_PERMISSION),
    f"{INTERFACE}.ConfigInvalid": ("AEG109", EXIT_CONFIG),
    f"{INTERFACE}.NotPossible": ("AEG110", EXIT_USAGE),
    f"{INTERFACE}.StoreFailed": ("AEG111", EXIT_ERROR),
    f"{INTERFACE}.TooManyConnections": ("AEG112", EXIT_TEMPFAIL),
    f"{INTERFACE}.NoSuchDelivery": ("AEG249", EXIT_NO_INPUT),
    f"{INTERFACE}.NoSuchArtifact": ("AEG297", EXIT_NO_INPUT),
    f"{INTERFACE}.ArtifactRefused": ("AEG298", EXIT_USAGE),
    f"{INTERFACE}.NoSuchToken": ("AEG318", EXIT_NO_INPUT),
    f"{INTERFACE}.InternalError": ("AEG113", EXIT_SOFTWARE),
    f"{INTERFACE}.BadEvent": ("AEG263", EXIT_USAGE),
    f"{INTERFACE}.TooMuch": ("AEG264", EXIT_TEMPFAIL),
    f"{INTERFACE}.NoSuchWebhook": ("AEG232", EXIT_NO_INPUT),
    f"{INTERFACE}.NoSuchOutgoing": ("AEG233", EXIT_NO_INPUT),
    "org.varlink.service.MethodNotFound": ("AEG120", EXIT_UNAVAILABLE),
    "org.varlink.service.InterfaceNotFound": ("AEG120", EXIT_UNAVAILABLE),
    "org.varlink.service.MethodNotImplemented": ("AEG120", EXIT_UNAVAILABLE),
    "org.varlink.service.InvalidParameter": ("AEG121", EXIT_USAGE),
    "org.varlink.service.ExpectedMore": ("AEG122", EXIT_USAGE),
}


class CallError(Exception):
    """A call was refused. `name` is the full Varlink name, `parameters` what is sent with it."""

    def __init__(self, kind: str, message: str, *, hint: str | None = None, **parameters: object) -> None:
        super().__init__(message)
        self.name = kind if "." in kind else f"{INTERFACE}.{kind}"
        self.message = message
        self.hint = hint
        self.parameters: dict[str, object] = {"message": message, "hint": hint, **parameters}

    @property
    def code(self) -> str:
        """The code that `aegisctl explain` knows."""
        return ERRORS.get(self.name, ("AEG113", EXIT_SOFTWARE))[0]

    @property
    def exit_status(self) -> int:
        """The status aegisctl exits with."""
        return ERRORS.get(self.name, ("AEG113", EXIT_SOFTWARE))[1]
