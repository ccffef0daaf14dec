"""Why aegisd cannot have its control socket."""


class ListenError(Exception):
    """The control socket cannot be opened; the message names the path, `hint` says what to do."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
