"""The table of errors that both programs share."""

import re

import pytest

from aegisd.wire import errors
from aegisd.wire.errors import ERRORS, EXIT_BY_RESULT, INTERFACE, CallError


def test_short_names_belong_to_the_interface() -> None:
    """`NoSuchRun` stands for the full Varlink name; a full name stays."""
    assert CallError("NoSuchRun", "no").name == f"{INTERFACE}.NoSuchRun"
    assert CallError("org.varlink.service.ExpectedMore", "no").name == "org.varlink.service.ExpectedMore"


def test_parameters_hold_message_and_hint() -> None:
    """Every refusal says what happened and what to do, and may carry more."""
    error = CallError("ConfigInvalid", "2 errors", hint="look", report="...")
    assert error.parameters == {"message": "2 errors", "hint": "look", "report": "..."}
    assert str(error) == "2 errors"


@pytest.mark.parametrize(("name", "expected"), ERRORS.items())
def test_each_error_has_code_and_status(name: str, expected: tuple[str, int]) -> None:
    """A CallError knows the code for `explain` and the exit status of its kind."""
    error = CallError(name, "no")
    assert (error.code, error.exit_status) == expected
    assert re.fullmatch(r"AEG[123]\d\d", error.code)


def test_unknown_errors_are_bugs() -> None:
    """An error of a later daemon exits as a failure of the software."""
    error = CallError("FromTheFuture", "no")
    assert (error.code, error.exit_status) == ("AEG113", errors.EXIT_SOFTWARE)


def test_every_result_has_an_exit_status() -> None:
    """The words of results are those of the core."""
    from aegisd.core.model import Result

    assert EXIT_BY_RESULT.keys() == {result.value for result in Result}
