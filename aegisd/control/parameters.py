"""The parameters of a call against the interface file, so that handlers see only what it allows."""

from collections.abc import Mapping
from typing import Any

from aegisd.core.interface import Interface, Method
from aegisd.core.parameters import find_misfit
from aegisd.wire.errors import CallError


def check_parameters(interface: Interface, method: Method, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`parameters` of a call without those that are null. Raises CallError InvalidParameter with the first bad name."""
    wrong = find_misfit(method.parameters, parameters, interface.types)
    if wrong is not None:
        message = f'"{wrong}" is unknown, is missing or has the wrong type'
        raise CallError("org.varlink.service.InvalidParameter", message, parameter=wrong)
    return {name: value for name, value in parameters.items() if value is not None}
