"""Every code that aegis can show: what it means, with an example of the fault and of its repair.

The examples of configuration faults are whole files: a test loads each, and finds the code in the bad one only.
"""

from collections.abc import Mapping

from aegisd.config.code import Code
from aegisd.config.codes_api import API
from aegisd.config.codes_artifacts import ARTIFACTS, REFUSED
from aegisd.config.codes_calls import CALLS
from aegisd.config.codes_client import CLIENT
from aegisd.config.codes_confinement import CONFINEMENT
from aegisd.config.codes_executors import EXECUTORS
from aegisd.config.codes_files import FILES
from aegisd.config.codes_http import HTTP
from aegisd.config.codes_keys import KEYS
from aegisd.config.codes_services import SERVICES
from aegisd.config.codes_ship import SHIP
from aegisd.config.codes_steps import STEPS
from aegisd.config.codes_subscriptions import SUBSCRIPTIONS
from aegisd.config.codes_telemetry import TELEMETRY
from aegisd.config.codes_tls import TLS
from aegisd.config.codes_triggers import TRIGGERS
from aegisd.config.codes_warnings import WARNINGS
from aegisd.config.codes_webhooks import WEBHOOKS

_CONFIGURATION = (
    *FILES,
    *KEYS,
    *STEPS,
    *SERVICES,
    *TRIGGERS,
    *SUBSCRIPTIONS,
    *HTTP,
    *TLS,
    *API,
    *ARTIFACTS,
    *TELEMETRY,
    *EXECUTORS,
)

CODES: Mapping[str, Code] = {
    code.code: code for code in (*_CONFIGURATION, *WARNINGS, *WEBHOOKS, *CALLS, *REFUSED, *CLIENT, *CONFINEMENT, *SHIP)
}
