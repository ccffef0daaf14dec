"""Why aegisd cannot have its control socket."""

from aegisd.core.errors import StartError


class ListenError(StartError):
    """The control socket cannot be opened; the message names the path, `hint` says what to do."""
