"""What an attempt comes to: the outcome of its step type, with what is known of the program."""

from attrs import evolve

from aegisd.core.codec import encode_value
from aegisd.core.model import Outcome, Result
from aegisd.steps.base import Attempting

_MOST_BYTES = 768 * 1024  # an event fits a message of the control socket


def tell_cut(attempting: Attempting, result: Result, reason: str) -> Outcome:
    """The outcome of an attempt that a limit or a cancellation ended."""
    if attempting.signal is not None:
        reason = f"{reason} (ended by {attempting.signal})"
    elif attempting.exit_code is not None:
        reason = f"{reason} (exit {attempting.exit_code} after SIGTERM)"
    if attempting.receipt is not None and not attempting.receipt.empty:
        left = ", ".join(f"pid {pid}" for pid in attempting.receipt.left) or "processes that nobody can name"
        reason = f"{reason}; still there: {left}"
    outcome = Outcome(result=result, error=reason, exit_code=attempting.exit_code, signal=attempting.signal)
    return account(outcome, attempting)


def account(outcome: Outcome, attempting: Attempting) -> Outcome:
    """`outcome` with what is known of the program, and with the limit that it has met, if it failed."""
    if attempting.fault is not None:
        outcome = evolve(outcome, fault=attempting.fault)
    if attempting.receipt is None:
        return evolve(outcome, output_bytes=attempting.output_bytes) if attempting.output_bytes else outcome
    remark = attempting.remark if outcome.result is not Result.SUCCESS else None
    return evolve(
        outcome,
        error=f"{outcome.error} ({remark})" if remark else outcome.error,
        output_bytes=attempting.output_bytes,
        receipt=attempting.receipt,
        usage=attempting.usage,
    )


def check_outcome(outcome: object) -> Outcome:
    """What a step type returned, if it can be recorded. Raises TypeError or ValueError otherwise."""
    if not isinstance(outcome, Outcome):
        message = f"{type(outcome).__name__} is not an Outcome"
        raise TypeError(message)
    if (outcome.data or outcome.error) and len(encode_value(outcome)) > _MOST_BYTES:
        message = f"its result is larger than {_MOST_BYTES} bytes"
        raise ValueError(message)
    return outcome
