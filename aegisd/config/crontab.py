"""What a cron expression means on a clock without a zone. cronsim, which brings calendars and their languages, is
imported for those who have an expression."""

from collections.abc import Iterator
from datetime import datetime


class CronError(ValueError):
    """The text is no cron expression; the message says why."""


def iter_times(cron: str, start: datetime) -> Iterator[datetime]:
    """The times after `start` that `cron` means, in their order, for fifty years. Raises CronError."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - see above

    try:
        return CronSim(cron, start)
    except CronSimError as error:
        raise CronError(str(error)) from None
