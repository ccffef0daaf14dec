"""The program `aegisd`: flags, logging, exit status. `aegisd validate` and `aegisd explain` need no daemon."""

import argparse
import faulthandler
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from aegisd import __version__
from aegisd.abilities import find_obstacles
from aegisd.config.loader import load_config
from aegisd.config.problems import ConfigError
from aegisd.config.values import Config
from aegisd.core.errors import StartError
from aegisd.keeping import add_keeping_verbs, check_start
from aegisd.offline import add_offline_verbs
from aegisd.steps import SPECS
from aegisd.steps.registry import StepRegistry
from aegisd.wire.errors import EXIT_CONFIG, EXIT_OK, CallError

if TYPE_CHECKING:
    from aegisd.core.record import StoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run aegisd; returns its exit status."""
    options = make_parser(os.environ).parse_args(arguments)
    if options.verb is not None:
        return int(options.run(options))
    try:
        if options.check:
            return check_start(_load(options, os.environ, StepRegistry()))
        return _serve(options, os.environ)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIG
    except StartError as error:
        print(f"aegisd: {error.message}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
        return error.status


def _serve(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from aegisd import tuning  # noqa: PLC0415 - `aegisd validate` does without

    tuning.share_arena()
    import trio  # noqa: PLC0415 - as above

    from aegisd.core.record import StoreError  # noqa: PLC0415 - as above
    from aegisd.journal import configure_logging  # noqa: PLC0415 - as above
    from aegisd.serve import serve  # noqa: PLC0415 - as above

    registry = StepRegistry()
    config = _load(options, environment, registry)
    configure_logging(log_format=options.log_format, level=options.log_level, environment=environment)
    faulthandler.enable()  # what systemd's watchdog ends with SIGABRT says where it was stuck
    tuning.settle()

    async def load() -> Config:
        try:
            return await trio.to_thread.run_sync(_load, options, environment, registry)
        except ConfigError as error:
            message = "the configuration has errors; the old one stays in force"
            raise CallError("ConfigInvalid", message, hint="aegisctl validate", report=str(error)) from error

    async def run() -> None:
        await serve(config, load=load, environment=environment, step_types=registry)

    try:
        trio.run(run)
    except StoreError as error:
        raise _explain(error) from None
    except BaseExceptionGroup as group:
        known, other = group.split((StoreError, StartError))
        if known is None or other is not None:
            raise
        first = _first(known)
        raise _explain(first) if isinstance(first, StoreError) else first from None
    return EXIT_OK


def _explain(error: "StoreError") -> StartError:
    from aegisd.keeper import explain_start  # noqa: PLC0415 - an aegisd that starts does without

    return explain_start(error)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _load(options: argparse.Namespace, environment: Mapping[str, str], registry: StepRegistry) -> Config:
    config, warnings = load_config(
        options.config,
        step_types=SPECS,
        environment=environment,
        find_obstacles=find_obstacles,
        load_plugin=registry.load,
    )
    for warning in warnings:
        print(f"{warning.file}:{warning.line}: warning {warning.code}: {warning.message}", file=sys.stderr)
    if options.state_dir is None:
        return config
    state_dir = str(Path(options.state_dir).absolute())
    return evolve(config, daemon=evolve(config.daemon, state_dir=state_dir))


def make_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """What aegisd takes on its command line."""
    parser = argparse.ArgumentParser(
        prog="aegisd",
        description="The pipeline daemon of a build host. Drive it with aegisctl.",
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FILE", default=default_config(environment), help="default: %(default)s")
    parser.add_argument("--state-dir", metavar="DIR", help="instead of [daemon] state_dir")
    parser.add_argument("--log-format", choices=("text", "json"), default="text", help="of stderr (default: text)")
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    parser.add_argument("--check", action="store_true", help="only check configuration and store, then leave")
    parser.add_argument("--version", action="version", version=f"aegisd {__version__}")
    parser.set_defaults(verb=None)
    verbs = parser.add_subparsers(title="without a daemon", metavar="VERB")
    add_offline_verbs(verbs)
    add_keeping_verbs(verbs)
    return parser


def default_config(environment: Mapping[str, str]) -> str:
    """Where the configuration is when nobody says: $AEGIS_CONFIG, else /etc/aegis/aegis.toml."""
    return environment.get("AEGIS_CONFIG") or "/etc/aegis/aegis.toml"
