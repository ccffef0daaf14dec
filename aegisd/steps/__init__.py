"""The step types: one file each, with the keys it takes (a spec) and `execute`. A new type is a file and a line
here."""

from aegisd.steps.approval import APPROVAL
from aegisd.steps.base import StepType
from aegisd.steps.command import COMMAND
from aegisd.steps.discover import DISCOVER
from aegisd.steps.emit import EMIT
from aegisd.steps.gate import GATE
from aegisd.steps.http import HTTP
from aegisd.steps.report import REPORT
from aegisd.steps.submit_bugs import SUBMIT_BUGS
from aegisd.steps.test import TEST
from aegisd.steps.verify import VERIFY
from aegisd.steps.wait import WAIT

STEP_TYPES: dict[str, StepType] = {
    kind.name: kind for kind in (COMMAND, DISCOVER, TEST, SUBMIT_BUGS, VERIFY, HTTP, REPORT, GATE, APPROVAL, WAIT, EMIT)
}

SPECS = {kind.name: kind.spec for kind in STEP_TYPES.values()}
