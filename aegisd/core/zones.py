"""Time zones by name, from the zone files of the host. `zoneinfo` is imported for those who name one."""

from collections.abc import Set as AbstractSet
from datetime import UTC, tzinfo


def find_zone(name: str) -> tzinfo | None:
    """The zone `name`, None when the host does not know it. `UTC` needs no files."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - see above

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown, not a name of a zone, a folder
        return None


def list_zones() -> AbstractSet[str]:
    """The names of all zones that the host knows."""
    from zoneinfo import available_timezones  # noqa: PLC0415 - see above

    return available_timezones()
