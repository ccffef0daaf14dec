"""Phases of a run: when a step of another phase starts, one phase ends and the next begins."""

from aegisd.core.events import PhaseTransition
from aegisd.timeline.identity import Clock


class PhaseClock:
    """Follows the phase of one run. A step without a phase leaves it as it is. `phase`, which began at the monotonic
    second `begun` after `failed_before` steps had failed, is the one that a resumed run is in."""

    def __init__(self, clock: Clock, *, phase: str | None = None, begun: float = 0.0, failed_before: int = 0) -> None:
        self._clock = clock
        self._phase = phase
        self._begun = begun
        self._failed_before = failed_before

    def enter(self, phase: str | None, *, failed: int) -> PhaseTransition | None:
        """The transition that a step of `phase` brings, if any. `failed` counts the run's failed steps so far."""
        return None if phase is None or phase == self._phase else self._change(phase, failed)

    def leave(self, *, failed: int) -> PhaseTransition | None:
        """The transition out of the last phase, at the end of the run."""
        return None if self._phase is None else self._change(None, failed)

    def _change(self, phase: str | None, failed: int) -> PhaseTransition:
        now = self._clock.monotonic()
        transition = PhaseTransition(
            previous=self._phase,
            next=phase,
            previous_success=failed == self._failed_before if self._phase else None,
            previous_duration_s=round(now - self._begun, 6) if self._phase else None,
            boottime_s=self._clock.boottime(),
        )
        self._phase, self._begun, self._failed_before = phase, now, failed
        return transition
