"""What is told of executors: each as it is, bounded in time, and not looked at again and again."""

import trio
from attrs import define

from aegisd.config.executor_values import ExecutorConfig
from aegisd.core.executor_keys import SlurmKeys
from aegisd.core.job import Health, Silence
from aegisd.executor_desk import ExecutorDesk

CONFIG = {name: ExecutorConfig(name=name, type="slurm", spec=SlurmKeys()) for name in ("farm", "stuck", "coming")}


@define
class _Seen:
    """An executor that answers after `delay` seconds."""

    delay: float
    asked: int = 0
    silence: Silence | None = None

    async def health(self) -> Health:
        """Up."""
        self.asked += 1
        await trio.sleep(self.delay)
        return Health(state="up", detail="fine", nodes={"idle": 2})


@define
class _Places:
    """Three executors, of which the configuration no longer has one."""

    executors: dict[str, _Seen]


async def test_each_as_it_is(autojump_clock: trio.abc.Clock) -> None:
    """One that does not answer holds nobody up for long; one that is not there yet, or no more, says so."""
    places = _Places(
        {"farm": _Seen(0.1), "stuck": _Seen(1000.0, silence=Silence(seconds=7.0, reason="gone")), "old": _Seen(0.1)}
    )
    desk = ExecutorDesk(places, current=lambda: CONFIG)  # type: ignore[arg-type]
    found = {each["name"]: each for each in await desk.list()}
    assert list(found) == ["farm", "stuck", "coming", "old"]
    assert [each["state"] for each in found.values()] == ["up", "unknown", "unknown", "up"]
    assert [each["silent_s"] for each in found.values()] == [None, 7.0, None, None]
    assert found["farm"]["nodes"] == {"idle": 2}
    assert (found["old"]["type"], found["old"]["detail"]) == (None, "fine; no longer in the configuration")
    assert trio.current_time() < 20


async def test_readers_start_no_flood(autojump_clock: trio.abc.Clock) -> None:
    """Many who ask at once are one look."""
    seen = _Seen(0.1)
    desk = ExecutorDesk(_Places({"farm": seen}), current=lambda: CONFIG)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(desk.list)
    assert seen.asked == 1
    await trio.sleep(10)
    await desk.list()
    assert seen.asked == 2
