"""Events about what a run leaves behind. The index of artifacts is a projection of them, written with them."""

from typing import ClassVar

from attrs import frozen

from aegisd.core.artifact import Artifact, Refusal


@frozen(kw_only=True)
class ArtifactSaved:
    """Files and documents were kept, at most 100 to an event; one of a key that the run has already takes its place.
    `by` is who put them; null for what a step's `artifacts` named."""

    type: ClassVar[str] = "artifact.saved"
    artifacts: tuple[Artifact, ...]
    by: str | None = None


@frozen(kw_only=True)
class ArtifactRefused:
    """What a step's `artifacts` named was not kept, for these reasons; `more` others are not listed."""

    type: ClassVar[str] = "artifact.refused"
    refused: tuple[Refusal, ...]
    more: int = 0


@frozen(kw_only=True)
class ArtifactDeleted:
    """Somebody removed an artifact of a run."""

    type: ClassVar[str] = "artifact.deleted"
    key: str
    by: str


ArtifactEvent = ArtifactSaved | ArtifactRefused | ArtifactDeleted
