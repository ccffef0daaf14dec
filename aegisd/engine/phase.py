"""Phases of a run: when a step of another phase starts, one phase ends and the next begins."""

from aegisd.core.events import PhaseTransition
from aegisd.timeline.identity import Clock


class PhaseClock:
    """Follows the phase of one run. A step without a phase leaves it as it is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._phase: str | None = None
        self._begun = 0.0
        self._failed_before = 0

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
        )
        self._phase, self._begun, self._failed_before = phase, now, failed
        return transition
