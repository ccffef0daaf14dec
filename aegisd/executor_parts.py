"""The executors of a configuration, as parts of aegisd. One that is there goes on as it is until aegisd ends, whatever
a reload says of it: it may have jobs."""

from collections.abc import Mapping

from aegisd.config.values import Config
from aegisd.engine.places import Places
from aegisd.executors.confined import Executor
from aegisd.executors.types import Surroundings, make_executor
from aegisd.timeline.recorder import Recorder


class ExecutorParts:
    """`places` is what steps go through, `here` runs commands on this host, `instance` tells us from other aegisd."""

    def __init__(
        self, config: Config, *, recorder: Recorder, here: Executor, instance: str, environment: Mapping[str, str]
    ) -> None:
        self.places = Places(recorder=recorder, clock=recorder.clock, instance=instance)
        self._around = Surroundings(instance=instance, environment=environment, here=here, grace=config.daemon.grace)
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Add the executors that are not there yet."""
        for name, executor in config.executors.items():
            if name not in self.places.executors:
                self.places.add(make_executor(name, executor.spec, self._around))
