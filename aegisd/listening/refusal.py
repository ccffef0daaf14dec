"""Why a door cannot have its socket."""

from aegisd.core.errors import StartError


class ListenError(StartError):
    """A socket cannot be opened; the message names its address, `hint` says what to do."""
