"""Triggers of type `timer`: when they are due, and by whose clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from aegisd.config.crontab import CronError, iter_times
from aegisd.config.reading import Reading
from aegisd.config.trigger_kind import TriggerKind
from aegisd.config.values import Path
from aegisd.config.visible import show_name
from aegisd.core.schema import Kind, key
from aegisd.core.zones import find_zone, list_zones

_LONGEST = 256
_ANY_START = datetime(2024, 1, 1)  # noqa: DTZ001 - asks whether there is any due time; no zone has a part in it
_NO_ZONES = "this host has no time zones: install them (Debian: apt install tzdata)"


@frozen(kw_only=True)
class TimerSpec:
    """The keys of a trigger of type `timer`."""

    cron: str = key(
        Kind.TEXT,
        "When it is due: minute, hour, day of the month, month and day of the week, as in crontab(5). With six fields "
        "the first is the second.",
        example='"0 2 * * *"',
    )
    timezone: str = key(
        Kind.TEXT,
        "By whose clock: a name such as `Europe/Berlin`. What is due in an hour that the clock skips starts right "
        "after it; what is due in an hour that comes twice starts once. Where second, minute or hour begin with `*`, "
        "skipped times are left out and repeated ones are due twice.",
        example='"Europe/Berlin"',
        default="UTC",
    )
    catch_up: bool = key(
        Kind.FLAG,
        "Whether one run makes up for what was missed while aegisd was down or the host asleep, however much that was.",
        example="true",
        default=False,
    )
    jitter: float = key(
        Kind.DURATION,
        "Start up to so much later than due. How much differs between triggers and hosts, and stays the same for each.",
        example='"5m"',
        default=0.0,
        default_text="none",
        maximum=86_400,
    )


def check_timer(reading: Reading, values: Mapping[str, Any], path: Path, where: str) -> None:
    """Note a `cron` that is none and a `timezone` that this host does not know."""
    if "cron" in values:
        _check_cron(reading, values["cron"], (*path, "cron"), where)
    if "timezone" in values:
        _check_zone(reading, values["timezone"], (*path, "timezone"), where)


def _check_cron(reading: Reading, cron: str, path: Path, where: str) -> None:
    try:
        wrong = "too long" if len(cron) > _LONGEST else None
        next(iter_times(cron[:_LONGEST], _ANY_START))
    except CronError as error:
        wrong = str(error)[:1].lower() + str(error)[1:]
    except StopIteration:
        wrong = "never due"
    if wrong:
        message = f"`cron` in {where} cannot be {reading.raw(path)}: {wrong}"
        help_text = 'minute, hour, day, month, day of the week: "0 2 * * *" is 02:00 every day'
        reading.error("AEG258", message, reading.value(path), path=path, help=help_text)


def _check_zone(reading: Reading, name: str, path: Path, where: str) -> None:
    if find_zone(name) is not None:
        return
    known = list_zones()
    near = reading.nearest(name, known)
    label = f'did you mean "{near}"?' if near else None
    message = f'`timezone` in {where}: there is no time zone "{show_name(name)}"'
    reading.error("AEG259", message, reading.value(path), path=path, label=label, help=None if known else _NO_ZONES)


def _about(spec: TimerSpec) -> str:
    return f"{spec.cron} ({spec.timezone})"


TIMER = TriggerKind(
    name="timer",
    doc="Starts runs by the clock.",
    keys=TimerSpec,
    label=lambda _: "timer",
    about=_about,
    check=check_timer,
)
