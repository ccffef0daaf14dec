"""Configuration files to a `Config`. `aegisd` and `aegisctl validate` both use this, so what one accepts the other
starts.

Everything that is wrong in any file is found in one go; the problems come sorted by file and line.
"""

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from aegisd.config.assemble import Assembly, Job
from aegisd.config.plugins import LoadPlugin
from aegisd.config.problem import Problem
from aegisd.config.problems import ConfigError
from aegisd.config.reading import FindObstacles, Surroundings
from aegisd.config.source import Source
from aegisd.config.values import Config

STDIN = "<stdin>"


def load_config(
    path: str,
    *,
    step_types: Mapping[str, type],
    environment: Mapping[str, str],
    host_name: str | None = None,
    user_id: int | None = None,
    find_obstacles: FindObstacles | None = None,
    load_plugin: LoadPlugin | None = None,
) -> tuple[Config, tuple[Problem, ...]]:
    """The configuration of the main file `path` and the warnings about it. Raises ConfigError with all problems.

    `step_types` maps names to spec classes. `environment` gives `${NAME}` and the defaults; `host_name` and `user_id`
    are those of this host and process when left out; `load_plugin` gives the step types that `[daemon] plugins` names.
    Blocks while it reads; it reads nothing but the files and plugins, and what `find_obstacles` does (see
    Surroundings).
    """
    around = _look_around(step_types, environment, host_name, user_id, find_obstacles)
    assembly = Assembly(around, load_plugin)
    assembly.load([Job(path=str(Path(path).absolute()), name=str(Path(path).absolute()))])
    config = assembly.make_config(str(Path(path).absolute()))
    problems = sort_problems(assembly.problems)
    if config is None or any(problem.severity == "error" for problem in problems):
        raise ConfigError(problems, assembly.sources)
    return config, problems


def check_files(
    paths: Iterable[str],
    *,
    step_types: Mapping[str, type],
    environment: Mapping[str, str],
    stdin_text: str | bytes | None = None,
    find_obstacles: FindObstacles | None = None,
    load_plugin: LoadPlugin | None = None,
) -> tuple[Config | None, tuple[Problem, ...], Mapping[str, Source]]:
    """The first configuration of `paths` (None if it has errors), all problems, and what was read, for `render`.

    Each path is a configuration of its own: a file with all that it includes, a folder with all its `*.toml`, or `-`
    for `stdin_text`. Never raises for what files say or that they cannot be read."""
    around = _look_around(step_types, environment, None, None, find_obstacles)
    configs: list[Config | None] = []
    problems: list[Problem] = []
    sources: dict[str, Source] = {}
    for path in paths:
        assembly = Assembly(around, load_plugin)
        assembly.load(_list_jobs(path, stdin_text, assembly))
        fine = all(problem.severity == "warning" for problem in assembly.problems)
        configs.append(assembly.make_config(path) if fine else None)
        problems += assembly.problems
        sources |= assembly.sources
    return next(iter(configs), None), sort_problems(problems), sources


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """`problems` without repetitions, by file, line and column."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda each: (each.file, each.line, each.column, each.code)))


def _list_jobs(path: str, stdin_text: str | bytes | None, assembly: Assembly) -> Sequence[Job]:
    if path == "-":
        text = stdin_text or b""
        return [Job(path=STDIN, name=STDIN, data=text if isinstance(text, bytes) else text.encode("utf-8", "replace"))]
    try:
        if not Path(path).is_dir():
            return [Job(path=path, name=path)]
        names = sorted(each.name for each in Path(path).glob("*.toml"))
    except (OSError, ValueError) as error:
        assembly.refuse_file(path, f"cannot read {path}: {getattr(error, 'strerror', None) or error}")
        return []
    if not names:
        assembly.refuse_file(path, f"there is no *.toml in the folder {path}")
    return [Job(path=str(Path(path, name)), name=str(Path(path, name))) for name in names]


def _look_around(
    step_types: Mapping[str, type],
    environment: Mapping[str, str],
    host_name: str | None,
    user_id: int | None,
    find_obstacles: FindObstacles | None,
) -> Surroundings:
    return Surroundings(
        environment=environment,
        step_types=step_types,
        host_name=host_name or socket.gethostname() or "localhost",
        user_id=os.geteuid() if user_id is None else user_id,
        find_obstacles=find_obstacles,
    )
