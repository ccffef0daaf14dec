"""Times of cron expressions, on a clock without a zone."""

from datetime import datetime
from itertools import islice

import pytest

from aegisd.config.crontab import CronError, iter_times

START = datetime(2026, 11, 21, 1, 30)  # noqa: DTZ001 - a clock without a zone is what it is about


def test_times_in_their_order() -> None:
    """The first times after the start."""
    days = [each.isoformat() for each in islice(iter_times("0 2 * * *", START), 2)]
    assert days == ["2026-11-21T02:00:00", "2026-11-22T02:00:00"]


@pytest.mark.parametrize("text", ["", "* * *", "61 * * * *", "nonsense here now is it"])
def test_what_is_none(text: str) -> None:
    """What is no expression is refused with the reason, by an error of ours."""
    with pytest.raises(CronError) as caught:
        iter_times(text, START)
    assert str(caught.value)
