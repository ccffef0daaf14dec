"""Why a file cannot be imported."""


class UnreadableError(Exception):
    """What is wrong with the file, in words, and in which line."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line
