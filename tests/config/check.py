"""Checks texts with the loader, as `aegisctl validate -` does."""

from collections.abc import Mapping

from aegisd.config.loader import check_files
from aegisd.config.problems import Problem, render
from aegisd.config.values import Config
from aegisd.steps import SPECS

ENVIRONMENT = {
    "AEGIS_WEBHOOK_SECRET": "one-that-is-long-enough-to-sign-with",
    "HOME": "/home/ci",
    "TOKEN": "s3cret",
    "XDG_RUNTIME_DIR": "/run/user/7",
}

STEP = '[[workflows.ci.steps]]\nrun = "make"\n'
"""A step; what is added after it belongs to the step and stands in line 3."""


def check(text: str | bytes, environment: Mapping[str, str] = ENVIRONMENT) -> tuple[Config | None, tuple[Problem, ...]]:
    """The configuration that `text` is, and what is wrong with it."""
    config, problems, _ = check_files(["-"], step_types=SPECS, environment=environment, stdin_text=text)
    return config, problems


def report(text: str | bytes, format: str = "full") -> str:  # noqa: A002 - as in render
    """What `validate` prints."""
    _, problems, sources = check_files(["-"], step_types=SPECS, environment=ENVIRONMENT, stdin_text=text)
    return render(problems, sources, format=format)


def load_text(text: str) -> Config:
    """The configuration that `text` is; it has no errors."""
    config, problems = check(text)
    assert config is not None, problems
    return config


def places(text: str | bytes) -> list[str]:
    """Each problem as `line:column code`."""
    return [f"{each.line}:{each.column} {each.code}" for each in check(text)[1]]
