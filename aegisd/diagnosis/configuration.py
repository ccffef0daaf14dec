"""Whether the configuration on disk is valid, and the one in force."""

from collections.abc import Iterator

from aegisd.abilities import find_obstacles, foresee_obstacles
from aegisd.config.changes import describe_changes
from aegisd.config.loader import load_config
from aegisd.config.problems import ConfigError, Problem
from aegisd.diagnosis.finding import Finding, fail, warn, well
from aegisd.diagnosis.patient import Patient
from aegisd.steps import SPECS
from aegisd.steps.registry import StepRegistry

_MOST_SHOWN = 3


def check_configuration(patient: Patient) -> Iterator[Finding]:
    """The files load as they are now; a running aegisd has loaded them."""
    find = foresee_obstacles if patient.life is None else find_obstacles
    try:
        config, warnings = load_config(
            patient.config_path,
            step_types=SPECS,
            environment=patient.environment,
            find_obstacles=find,
            load_plugin=StepRegistry().load,
        )
    except ConfigError as error:
        errors = [problem for problem in error.problems if problem.severity == "error"]
        shown = [_show(problem) for problem in errors[:_MOST_SHOWN]]
        count = f"{len(errors)} error" if len(errors) == 1 else f"{len(errors)} errors"
        yield fail(f"the configuration has {count}", *shown, f"aegisctl validate {patient.config_path}")
        return
    count = "1 file" if len(config.files) == 1 else f"{len(config.files)} files"
    if warnings:
        shown = [_show(problem) for problem in warnings[:_MOST_SHOWN]]
        yield warn(f"configuration valid ({count}), with warnings", *shown, f"aegisctl validate {patient.config_path}")
    else:
        yield well(f"configuration valid ({count})")
    changes = describe_changes(patient.config, config) if patient.life and patient.config else ()
    if [each for each in changes if each != "nothing changed" and not each.startswith("daemon.state_dir")]:
        yield warn("the configuration was changed since aegisd has loaded it", *changes, "aegisctl reload")


def _show(problem: Problem) -> str:
    """The place and the kind of a problem; its message may hold a value that not everybody is to read."""
    from aegisd.config.codes import CODES  # noqa: PLC0415 - the texts of all codes, for those who have one

    return f"{problem.file}:{problem.line}: {problem.code} {CODES[problem.code].title}"
