"""A definition from the store on its way to be executed: its variables are looked up again (`core/variables.py`)."""

from collections.abc import Mapping

from aegisd.config.interpolate import Missing, find_variable
from aegisd.config.source import SourceError
from aegisd.core.model import Workflow
from aegisd.core.variables import put_variables
from aegisd.wire.errors import CallError


def complete_definition(workflow: Workflow, *, environment: Mapping[str, str]) -> Workflow:
    """`workflow` with the values that its variables have in `environment`. Raises CallError when one cannot be had."""
    if not workflow.references:
        return workflow

    def find(name: str) -> str:
        try:
            return find_variable(name, environment)
        except Missing:
            message = f"the definition has the variable {name}, which is not set"
            raise CallError("NotPossible", message, hint=_HINT) from None
        except SourceError as error:
            message = f"the definition has the variable {name}: {error.message}"
            raise CallError("NotPossible", message, hint=_HINT) from None

    try:
        return put_variables(workflow, find)
    except (LookupError, TypeError, ValueError):
        raise CallError("NotPossible", "the definition has variables that this version cannot put in") from None


_HINT = "set it for aegisd (Environment= or LoadCredential= of its unit) and restart it"
