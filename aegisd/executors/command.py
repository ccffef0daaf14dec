"""A program to run, as an executor takes it, and what an executor raises when it cannot start it."""

from collections.abc import Mapping

from attrs import frozen

from aegisd.core.confinement import UNCONFINED, Confinement


@frozen(kw_only=True)
class Command:
    """What to run: arguments, the whole environment, an absolute directory, where output goes, what it may use and
    see. A sandbox leaves it `writes` to write in and `reads` to read, whatever else of aegisd's it hides: absolute
    paths of folders and files."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    dir: str
    output_fd: int
    confinement: Confinement = UNCONFINED
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


class SpawnError(Exception):
    """The program could not be started; the message names it and says why."""
