"""What is wrong with several keys of one table together; each class of keys says it itself."""

from collections.abc import Mapping
from typing import Any

from aegisd.config.reading import Reading
from aegisd.config.values import Path


def note_complaints(
    reading: Reading, owner: type[Any] | None, values: Mapping[str, Any], path: Path, where: str
) -> None:
    """Note what the class `owner` says of `values`, the valid keys of the table at `path`."""
    look = getattr(owner, "list_complaints", None)
    for complaint in look(values) if look is not None else ():
        at = path if complaint.key is None else (*path, complaint.key)
        span = reading.key(at) if complaint.key is None or complaint.key in values else reading.key(path)
        reading.error("AEG282", f"{where}: {complaint.message}", span, path=at, help=complaint.help)
