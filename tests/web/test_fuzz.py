"""Thousands of hostile requests. `python tests/bench/http_fuzz.py` sends twenty thousand."""

import logging

import pytest
import trio

from aegis_web.limits import Limits
from tests.web.fuzz import bombard
from tests.web.kit import open_server

COUNT = 2000
PATIENCE_S = 120


async def test_nothing_breaks(caplog: pytest.LogCaptureFixture) -> None:
    """No request ends the server, leaves a task behind, or meets a defect of the server's own."""
    caplog.set_level(logging.WARNING)
    async with open_server(Limits(linger_s=0.2, idle_s=0.5)) as address:
        before = trio.lowlevel.current_statistics().tasks_living
        await bombard(address, count=COUNT, seed=1)
        with trio.fail_after(PATIENCE_S):
            while trio.lowlevel.current_statistics().tasks_living > before:  # noqa: ASYNC110 - nobody tells
                await trio.sleep(0.05)
    ours = [record.getMessage() for record in caplog.records if "this is a bug" in record.getMessage()]
    assert ours == []
