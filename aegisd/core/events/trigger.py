"""Events about triggers that started nothing."""

from typing import ClassVar

from attrs import frozen


@frozen(kw_only=True)
class TriggerMissed:
    """The trigger `name` should have started a run and did not, for a reason in words. `due` is when a timer was due,
    `number` how many due times this is about, `parent` the run that another should have followed. With `later` one run
    makes up for it as soon as there can be one."""

    type: ClassVar[str] = "trigger.missed"
    kind: str
    name: str
    reason: str
    due: str | None = None
    number: int = 1
    parent: int | None = None
    later: bool = False


TriggerEvent = TriggerMissed
