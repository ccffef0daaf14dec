"""Why aegisd could not start, in words for the admin."""


class StartError(Exception):
    """aegisd cannot start: `message` says what happened and where, `hint` what to do, `status` how it exits."""

    def __init__(self, message: str, *, hint: str | None = None, status: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
