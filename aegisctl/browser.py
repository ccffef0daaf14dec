"""The browser of whoever sits in front of the terminal, if there is one.

The standard library's `webbrowser` would also take over the terminal with any text browser that it finds.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


class Browser:
    """A program that shows a page. One that the user has named may want the terminal, any other must leave it alone."""

    def __init__(self, words: Sequence[str], *, is_named: bool) -> None:
        self.words = list(words)
        self.is_named = is_named

    def start(self) -> None:
        """Start it, and wait for one that has the terminal. One that cannot be started is no error: the URL was
        printed."""
        import subprocess  # noqa: PLC0415 - only where there is a browser

        rest = None if self.is_named else subprocess.DEVNULL
        try:
            program = subprocess.Popen(  # noqa: S603 - the user's own choice
                self.words, stdin=rest, stdout=rest, stderr=rest, start_new_session=not self.is_named
            )
        except OSError:
            return
        if self.is_named:
            program.wait()
        else:
            program.returncode = 0  # it goes on by itself


def find_browser(environ: Mapping[str, str], url: str) -> Browser | None:
    """What opens `url`: the first of $BROWSER, which may hold `%s`; else xdg-open on a display. None for root by sudo,
    whose browser would be another one than the user's."""
    import shlex  # noqa: PLC0415 - as above

    if environ.get("SUDO_UID"):
        return None
    if environ.get("BROWSER"):
        try:
            words = shlex.split(environ["BROWSER"].partition(":")[0])
        except ValueError:
            return None
        if words:
            filled = [word.replace("%s", url) for word in words]
            return Browser(filled if filled != words else [*words, url], is_named=True)
    if any(environ.get(name) for name in _DISPLAYS):
        return Browser(["xdg-open", url], is_named=False)
    return None
