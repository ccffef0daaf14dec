"""What is known of a service after each look, in virtual time."""

import pytest
import trio

from aegisd.config.service_values import ServiceConfig
from aegisd.core.events import ServiceDown, ServiceUp
from aegisd.services.health import Health, Look, Sight, look_at, next_pause, take_look, tell_change
from aegisd.services.secrets import list_secrets, mask_bytes
from aegisd.steps.calling import Answer, Request, ServiceFault

CONFIG = ServiceConfig(url="http://h")


def test_only_changes_are_told() -> None:
    """unknown, up, up, down, down, up: four states, three events, the last fault kept."""
    sight, told = Sight(), []
    looks = [Look(took_s=0.1), Look(took_s=0.2), *[Look(took_s=1.0, kind="dns", error="no")] * 2, Look(took_s=0.3)]
    for second, look in enumerate(looks):
        before, sight = sight, take_look(sight, look, now=f"t{second}", now_s=float(second))
        told.append(tell_change("qa", "http://h", before, sight, now_s=float(second)))
    assert [each for each in told if each is not None] == [
        ServiceUp(service="qa", url="http://h", previous="unknown", previous_s=0.0, latency_s=0.1),
        ServiceDown(service="qa", url="http://h", previous="up", previous_s=2.0, kind="dns", error="no"),
        ServiceUp(service="qa", url="http://h", previous="down", previous_s=2.0, latency_s=0.3),
    ]
    assert (sight.state, sight.since, sight.checked_at) == (Health.UP, "t4", "t4")
    assert (sight.kind, sight.error, sight.error_at, sight.latency_s) == ("dns", "no", "t3", 0.3)


async def test_looks(autojump_clock: trio.abc.Clock) -> None:
    """S47: 2xx is up; another status, a fault and silence are down, each of its kind."""

    async def answer(status: int) -> Answer:
        await trio.sleep(0.5)
        return Answer(status=status)

    async def break_down(_: Request) -> Answer:
        kind, message = "refused", "qa: the connection was refused"
        raise ServiceFault(kind, message)

    async def hang(_: Request) -> Answer:
        await trio.sleep_forever()
        raise AssertionError

    assert await look_at("qa", CONFIG, lambda _: answer(204)) == Look(took_s=0.5)
    assert (await look_at("qa", CONFIG, lambda _: answer(302))).kind == "status"
    assert (await look_at("qa", CONFIG, break_down)).kind == "refused"
    silent = await look_at("qa", CONFIG, hang)
    assert (silent.kind, silent.took_s) == ("timeout", 5.0)
    assert silent.error == "qa: no answer to GET /health within 5s"


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 27.0), (0.5, 30.0), (0.999999, 33.0)])
def test_jitter(chance: float, pause: float) -> None:
    """The interval is spread by `jitter` to both sides."""
    assert next_pause(CONFIG, chance) == pytest.approx(pause, abs=0.001)


def test_secrets() -> None:
    """Keys are masked as they are, without `Bearer`, and as JSON writes them; short words are left alone."""
    secrets = list_secrets("Bearer tok-1234567", 'a"quoted"key', "short", None)
    assert mask_bytes(b'{"t":"tok-1234567","k":"a\\"quoted\\"key"} Bearer short', secrets) == (
        b'{"t":"***","k":"***"} Bearer short'
    )
