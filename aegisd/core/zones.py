"""Time zones by name, from the zone files of the host."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo


def find_zone(name: str) -> tzinfo | None:
    """The zone `name`, None when the host does not know it. `UTC` needs no files."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown, not a name of a zone, a folder
        return None
