"""The examination without a daemon: what `aegisd doctor` prints, and `aegisctl doctor` shows."""

import argparse
import json
import sys
import time
from collections.abc import Mapping

from aegisd.config.loader import load_config
from aegisd.config.problems import ConfigError
from aegisd.config.values import Config
from aegisd.diagnosis.examine import examine
from aegisd.diagnosis.patient import Patient
from aegisd.steps import SPECS
from aegisd.steps.registry import StepRegistry


def print_examination(options: argparse.Namespace, *, environment: Mapping[str, str]) -> int:
    """Write the findings about the configuration `options.config` as one JSON document; always 0."""
    patient = Patient(
        config=_load(options.config, environment),
        config_path=options.config,
        environment=environment,
        wall=time.time,
        boottime=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    )
    json.dump({"checks": examine(patient)}, sys.stdout)
    return 0


def _load(path: str, environment: Mapping[str, str]) -> Config | None:
    """The configuration, whether or not this host can honour it: the checks say so themselves."""
    try:
        return load_config(path, step_types=SPECS, environment=environment, load_plugin=StepRegistry().load)[0]
    except ConfigError:
        return None
