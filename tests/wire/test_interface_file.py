"""The interface file and the table of errors say the same."""

from aegisd.control.service import INTERFACES
from aegisd.wire.errors import ERRORS, INTERFACE


def test_each_declared_error_has_a_code() -> None:
    """Both programs know every error that the file declares, and no others of its name."""
    for name, interface in INTERFACES.items():
        declared = {f"{name}.{error}" for error in interface.errors}
        assert declared == {error for error in ERRORS if error.rpartition(".")[0] == name}


def test_each_error_has_message_and_hint() -> None:
    """A client can show any of our errors without knowing it."""
    for error in INTERFACES[INTERFACE].errors.values():
        assert {"message", "hint"} <= error.fields.keys()
