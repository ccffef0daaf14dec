"""A program to run, as an executor takes it, and what an executor raises when it cannot start it."""

from collections.abc import Mapping

from attrs import frozen

from aegisd.core.confinement import UNCONFINED, Confinement


@frozen(kw_only=True)
class Command:
    """What to run: arguments, the whole environment, an absolute directory, where output goes, what it may use and
    see."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    dir: str
    output_fd: int
    confinement: Confinement = UNCONFINED


class SpawnError(Exception):
    """The program could not be started; the message names it and says why."""
