"""Texts that are made to cost: each within the limit of size, none with more than linear time."""

import time

import pytest

from aegisd.config.problems import FORMATS, render
from tests.config.check import STEP, check

_STEPS = [f'[[workflows.ci.steps]]\nname = "s{number}"\nrun = "x"\n' for number in range(10_000)]
_WORKFLOW = '[workflows.ci]\nparams = { a = "x" }\n'

TEXTS = {
    "chain": "".join(f'{step}needs = ["s{max(number - 1, 0)}"]\n' for number, step in enumerate(_STEPS[1:], 1))
    + _STEPS[0],
    "circle": "".join(f'{step}needs = ["s{number - 1 if number else 9999}"]\n' for number, step in enumerate(_STEPS)),
    "unknown needs": "".join(f'{step}needs = ["t{number}"]\n' for number, step in enumerate(_STEPS)),
    "unknown keys": "[daemon]\n" + "".join(f"kkeep{number} = 1\n" for number in range(50_000)),
    "duration": '[daemon]\ngrace = "' + "1" * 4_000_000 + 'x"',
    "size": '[daemon]\nkeep.logs = "' + "1" * 4_000_000 + 'x"',
    "number": "[daemon]\nruns = 0x" + "f" * 4_000_000,
    "digits": "[daemon]\nruns = " + "9" * 4_000_000,
    "dots": "a." * 2_000_000,
    "lists": "a = " + "[" * 4_000_000,
    "variables": _WORKFLOW + 'env = { A = "' + "".join(f"${{B{number}}}" for number in range(300_000)) + '"}',
    "marks": _WORKFLOW + 'env = { A = "' + "${" * 2_000_000 + '"}',
    "braces": _WORKFLOW + 'env = { A = "' + "".join(f"{{a{number}}}" for number in range(300_000)) + '"}',
    "shell": _WORKFLOW + STEP.replace("make", "{a} " * 900_000),
    "workflows": "".join(f"[workflows.w{number}]\n" for number in range(50_000)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_costs_little(name: str) -> None:
    """Checked in seconds, with a report of bounded size."""
    begun = time.thread_time()
    _, problems = check(TEXTS[name])
    assert time.thread_time() - begun < 10
    assert len(problems) <= 1000
    assert all(len(render(problems, {}, each)) < 2_000_000 for each in FORMATS)
