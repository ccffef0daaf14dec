"""What the checks look at: a configuration, its surroundings, and the aegisd that runs with it, if one does."""

from collections.abc import Callable, Mapping

from attrs import frozen

from aegisd.config.values import Config


@frozen(kw_only=True)
class Life:
    """An aegisd that runs, which is this process: its strategy of containment, and the clocks when it started (seconds
    since 1970 and since the boot)."""

    containment: str
    started_wall: float
    started_boottime: float


@frozen(kw_only=True)
class Patient:
    """`config` is the one in force, or the one that would be; None where it cannot be loaded. `config_path` is its
    main file. `wall` and `boottime` are clocks in seconds. `life` is None where this process is no aegisd."""

    config: Config | None
    config_path: str
    environment: Mapping[str, str]
    wall: Callable[[], float]
    boottime: Callable[[], float]
    life: Life | None = None
