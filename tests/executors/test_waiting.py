"""Waiting for whichever comes first."""

from functools import partial

import pytest
import trio

from aegisd.executors.waiting import wait_first


async def test_the_others_are_cancelled(autojump_clock: trio.testing.MockClock) -> None:
    """Whoever is first ends the wait; a call that would last for ever is let go of."""
    del autojump_clock
    begun = trio.current_time()
    await wait_first(trio.sleep_forever, partial(trio.sleep, 3.0), partial(trio.sleep, 60.0))
    assert trio.current_time() - begun == pytest.approx(3.0)
