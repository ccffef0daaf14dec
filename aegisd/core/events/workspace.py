"""Events about what agents do in the directory of a run."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.events.report import Report


@frozen(kw_only=True)
class DiffApplied(Report):
    """Changes were made to `files`: so many lines `added` and `removed`."""

    type: ClassVar[str] = "diff.applied"
    files: tuple[str, ...] = ()
    added: int | None = None
    removed: int | None = None


@frozen(kw_only=True)
class DiffFailed(Report):
    """Changes to `files` could not be made."""

    type: ClassVar[str] = "diff.failed"
    files: tuple[str, ...] = ()
    error: str | None = None


@frozen(kw_only=True)
class CommandExecuted(Report):
    """A step ran a command of its own. The command of a step itself is in `step.started` and `step.completed`."""

    type: ClassVar[str] = "command.executed"
    command: str
    exit_code: int | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class ArtifactCreated(Report):
    """An agent made something. What aegis keeps of it, it tells itself."""

    type: ClassVar[str] = "artifact.created"
    key: str
    size_bytes: int | None = None
    sha256: str | None = None


@frozen(kw_only=True)
class ArtifactUpdated(Report):
    """An agent made something anew."""

    type: ClassVar[str] = "artifact.updated"
    key: str
    size_bytes: int | None = None
    sha256: str | None = None


WorkspaceEvent = DiffApplied | DiffFailed | CommandExecuted | ArtifactCreated | ArtifactUpdated
