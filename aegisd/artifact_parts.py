"""The parts of aegisd that have to do with artifacts, and how they are opened."""

from collections.abc import Mapping
from pathlib import Path

import trio
from attrs import frozen

from aegisd.artifact_desk import ArtifactDesk
from aegisd.artifact_retention import ArtifactRetention
from aegisd.config.artifact_keys import ArtifactsConfig
from aegisd.config.values import Config, Synchronous
from aegisd.core.errors import StartError
from aegisd.engine.harvest import Harvester
from aegisd.steps.base import StepType
from aegisd.store import Store
from aegisd.store.artifacts import ArtifactStore
from aegisd.timeline.recorder import Recorder


@frozen(kw_only=True)
class ArtifactParts:
    """What brings artifacts in, what answers for them, and what lets go of them."""

    harvester: Harvester
    desk: ArtifactDesk
    retention: ArtifactRetention

    def configure(self, config: ArtifactsConfig) -> None:
        """Limits of a configuration that comes into force."""
        self.harvester.run_files, self.harvester.run_bytes = config.run_files, config.run_bytes
        self.retention.keep = config.keep


async def open_artifacts(
    config: Config, *, store: Store, recorder: Recorder, step_types: Mapping[str, StepType]
) -> ArtifactParts:
    """The parts, on the folder `artifacts` of the state directory. Raises StartError."""
    durable = config.daemon.synchronous is Synchronous.FULL
    content = ArtifactStore(Path(config.daemon.state_dir) / "artifacts", durable=durable)
    try:
        await trio.to_thread.run_sync(content.prepare)
    except OSError as error:
        message = f"cannot use {error.filename} for artifacts: {error.strerror}"
        raise StartError(message, hint="check its owner and mode") from error
    limits = config.artifacts
    harvester = Harvester(
        content=content, store=store, recorder=recorder, run_files=limits.run_files, run_bytes=limits.run_bytes
    )
    desk = ArtifactDesk(
        store=store,
        content=content,
        harvester=harvester,
        recorder=recorder,
        step_types=step_types,
    )
    retention = ArtifactRetention(index=store.artifacts, content=content, uploads=desk.uploads, keep=limits.keep)
    return ArtifactParts(harvester=harvester, desk=desk, retention=retention)
