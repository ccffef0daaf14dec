"""`[artifacts]`, and the patterns of steps that name artifacts and reports."""

from collections.abc import Sequence
from typing import Any

from aegisd.config.artifact_keys import ArtifactsConfig
from aegisd.config.reading import Reading
from aegisd.config.slot import list_slots
from aegisd.config.step import Draft
from aegisd.config.table import Table, read_table
from aegisd.config.values import Path
from aegisd.core.globs import parse_pattern

_MOST_PATTERNS = 100


def read_artifacts(reading: Reading, value: Any, path: Path) -> ArtifactsConfig:
    """`[artifacts]`; what is wrong is noted and stays at its default."""
    values = read_table(reading, Table(value=value, path=path, where="[artifacts]"), list_slots(ArtifactsConfig))
    return ArtifactsConfig(**values)


def check_patterns(reading: Reading, drafts: Sequence[Draft]) -> None:
    """Note the patterns of steps that cannot name files in the run's directory."""
    for draft in drafts:
        for name in ("artifacts", "reports"):
            patterns = draft.values.get(name, ())
            if len(patterns) > _MOST_PATTERNS:
                place = (*draft.path, name)
                message = f"`{name}` in {draft.where} has more than {_MOST_PATTERNS} patterns"
                reading.error("AEG296", message, reading.value(place), path=place, help="name folders, or use `**`")
                continue
            for number, pattern in enumerate(patterns):
                _check_pattern(reading, draft, (*draft.path, name, number), pattern)


def _check_pattern(reading: Reading, draft: Draft, place: Path, pattern: str) -> None:
    try:
        parse_pattern(pattern)
    except ValueError as error:
        message = f"`{place[-2]}` in {draft.where}: {reading.raw(place)} names no files of the run: {error}"
        help_text = 'a path in the run\'s directory, such as "dist/*.whl"'
        reading.error("AEG295", message, reading.value(place), path=place, help=help_text)
