"""Several files to one configuration: follows `include`, and sees to it that no two files say the same thing."""

import glob
import os
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from attrs import evolve, frozen

from aegisd.config.artifact_keys import ArtifactsConfig
from aegisd.config.document import parse_document
from aegisd.config.executors import check_step_executors, settle_executors
from aegisd.config.index import build_index
from aegisd.config.limits import check_confinement
from aegisd.config.plugins import LoadPlugin, load_plugins, refuse_included
from aegisd.config.problem import Problem
from aegisd.config.reading import Reading, Surroundings
from aegisd.config.sections import SECTIONS, read_control, read_daemon, read_sections
from aegisd.config.services import check_step_services
from aegisd.config.source import Source, SourceError, decode_source, read_source
from aegisd.config.telemetry_keys import TelemetryConfig
from aegisd.config.trigger_checks import check_triggers
from aegisd.config.values import Config, Path
from aegisd.config.visible import show_name, show_text
from aegisd.config.web_keys import WebConfig
from aegisd.core.model import Origin

DEEPEST_INCLUDE = 8
MOST_FILES = 1000
_UNREAD = frozenset({"AEG001", "AEG002", "AEG003", "AEG004", "AEG005", "AEG006"})

_TWICE = {"webhooks": "AEG226"}


@frozen(kw_only=True)
class Job:
    """A file to load: where it is, what messages call it, its bytes if they are known, and which `include` asked for it
    (the file that reads it, the place in it, how deep)."""

    path: str
    name: str
    data: bytes | None = None
    asker: Reading | None = None
    asked_at: Path = ()
    depth: int = 0


class Assembly:
    """One configuration while its files are loaded. `problems` and `sources` grow; nothing raises."""

    def __init__(self, around: Surroundings, load_plugin: LoadPlugin | None = None) -> None:
        self._load_plugin = load_plugin
        self.sources: dict[str, Source] = {}
        self._around = around
        self._readings: list[Reading] = []
        self._loaded: dict[str, Job] = {}
        self._parts: dict[str, Any] = {}
        self._makers: dict[Path, Reading] = {}
        self._other: list[Problem] = []

    @property
    def problems(self) -> list[Problem]:
        """All that was found so far."""
        return [*self._other, *(problem for reading in self._readings for problem in reading.problems)]

    def load(self, jobs: Sequence[Job]) -> None:
        """Load `jobs` and whatever they include."""
        waiting = deque(jobs)
        while waiting:
            job = waiting.popleft()
            waiting.extendleft(reversed(self._load(job)))
        self._check_all()
        executors = self._parts.get("executors", {})
        daemon = self._parts.get("daemon") or read_daemon(self._make_empty(""), {}, ("daemon",))
        check_step_executors(self._makers, self._parts.get("workflows", {}), executors, daemon)
        check_step_services(self._makers, self._parts.get("workflows", {}), self._parts.get("services", {}))

    def refuse_file(self, name: str, message: str) -> None:
        """Note that a file or folder cannot be used, without a place in any text."""
        shown = show_text(name)
        self.sources.setdefault(shown, Source(shown, ""))
        problem = Problem(code="AEG003", severity="error", message=show_text(message), file=shown, line=1, column=1)
        self._other.append(problem)

    def make_config(self, path: str) -> Config | None:
        """The configuration, or None if a workflow of it cannot be made."""
        empty = self._make_empty(path)
        daemon = self._parts.get("daemon") or read_daemon(empty, {}, ("daemon",))
        control = self._parts.get("control") or read_control(empty, {}, ("control",))
        workflows = self._parts.get("workflows", {})
        if any(workflow is None for workflow in workflows.values()):
            return None
        executors = self._parts.get("executors", {})
        socket = control.socket or str(FilePath(daemon.state_dir, "control.sock"))
        return Config(
            path=path,
            files=tuple(reading.source.name for reading in self._readings),
            daemon=daemon,
            control=evolve(control, socket=socket),
            workflows=settle_executors(workflows, executors, daemon),
            triggers=self._parts.get("triggers", {}),
            web=self._parts.get("web") or WebConfig(),
            artifacts=self._parts.get("artifacts", ArtifactsConfig()),
            telemetry=self._parts.get("telemetry", TelemetryConfig()),
            subscriptions=self._parts.get("subscriptions", {}),
            webhooks=self._parts.get("webhooks", {}),
            services=self._parts.get("services", {}),
            executors=executors,
            origins=self._merge_origins(),
            written={place: text for reading in self._readings for place, text in reading.written.items()},
        )

    def _make_empty(self, path: str) -> Reading:
        return Reading(source=Source(path, ""), index=build_index(""), directory="", around=self._around)

    def _check_all(self) -> None:
        """What spans files. Where one could not be read, what seems to be missing may be in it."""
        daemon = self._parts.get("daemon") or read_daemon(self._make_empty(""), {}, ("daemon",))
        check_confinement(self._parts.get("workflows", {}), self._makers, daemon, self._around)
        if any(problem.code in _UNREAD for problem in self.problems):
            return
        check_triggers(
            self._parts.get("triggers", {}),
            self._parts.get("workflows", {}),
            reading_of=lambda name: self._makers["triggers", name],
        )

    def _merge_origins(self) -> Mapping[Path, Origin]:
        merged: dict[Path, Origin] = {}
        for reading in self._readings:
            for path, origin in reading.origins.items():
                merged.setdefault(path, origin)
        return merged

    def _load(self, job: Job) -> list[Job]:
        """Load one file; the answer is what it includes."""
        identity = _identify(job)
        if not self._is_new(job, identity):
            return []
        self._loaded[identity] = job
        try:
            source = (
                read_source(job.path, name=job.name) if job.data is None else decode_source(job.data, name=job.name)
            )
        except SourceError as error:
            self._note_unreadable(job, error)
            return []
        self.sources[source.name] = source
        reading, document = parse_document(source, directory=_find_directory(job), around=self._around)
        self._readings.append(reading)
        if job.asker is None:
            plugins = load_plugins(reading, document, self._load_plugin)
            reading.around = self._around = evolve(self._around, step_types={**plugins, **self._around.step_types})
        else:
            refuse_included(reading, document)
        found = read_sections(reading, document)
        patterns = found.pop("include", ())
        self._merge(reading, found)
        return [each for place, pattern in enumerate(patterns) for each in self._find(reading, job, pattern, place)]

    def _is_new(self, job: Job, identity: str) -> bool:
        """False for a file that is loaded already; a second `include` of it is pointed out."""
        earlier = self._loaded.get(identity)
        if earlier is not None:
            if earlier.asker is not None and job.asker is not None:
                span = job.asker.value(job.asked_at)
                also = earlier.asker.place(earlier.asker.value(earlier.asked_at), "first included here")
                message = f"{show_text(job.name)} is included twice; it is loaded once"
                job.asker.warn("AEG042", message, span, path=job.asked_at, also=also)
            return False
        if job.asker is None or (job.depth <= DEEPEST_INCLUDE and len(self._loaded) < MOST_FILES):
            return True
        limit = f"more than {MOST_FILES} files" if job.depth <= DEEPEST_INCLUDE else f"more than {DEEPEST_INCLUDE} deep"
        job.asker.error("AEG006", f"files are included {limit}", job.asker.value(job.asked_at), path=job.asked_at)
        return False

    def _note_unreadable(self, job: Job, error: SourceError) -> None:
        name = show_text(job.name)
        if job.asker is not None and error.code == "AEG003":
            span = job.asker.value(job.asked_at)
            job.asker.error(error.code, error.message, span, path=job.asked_at, help=error.help)
            return
        self.sources.setdefault(name, Source(name, ""))
        self._other.append(
            Problem(
                code=error.code,
                severity="error",
                message=error.message,
                file=name,
                line=error.line,
                column=error.column,
                help=error.help,
            )
        )

    def _find(self, reading: Reading, job: Job, pattern: str, place: int) -> list[Job]:
        """The files that `pattern` means, in order of name. One without wildcards is looked for as it is."""
        at: Path = ("include", place)
        folder = FilePath(job.name).parent if job.data is None else FilePath()
        matches = glob.glob(pattern, root_dir=folder)  # noqa: PTH207 - Path.glob takes no absolute patterns
        names = sorted(matches) if glob.has_magic(pattern) else [pattern]
        if not names:
            reading.warn("AEG041", f'no file matches "{show_name(pattern)}"', reading.value(at), path=at)
        joined = [str(folder / name) for name in names]
        return [Job(path=name, name=name, asker=reading, asked_at=at, depth=job.depth + 1) for name in joined]

    def _merge(self, reading: Reading, found: Mapping[str, Any]) -> None:
        for name, value in found.items():
            if SECTIONS[name].is_collected:
                for key, each in value.items():
                    self._add(reading, self._parts.setdefault(name, {}), (name, key), each)
            else:
                self._add(reading, self._parts, (name,), value)

    def _add(self, reading: Reading, parts: dict[str, Any], path: Path, value: Any) -> None:
        earlier = self._makers.setdefault(path, reading)
        if earlier is reading:
            parts[str(path[-1])] = value
            return
        code, what = (
            (_TWICE.get(str(path[0]), "AEG026"), f'{str(path[0]).removesuffix("s")} "{show_name(path[-1])}"')
            if len(path) > 1
            else ("AEG007", f"[{path[0]}]")
        )
        also = earlier.place(earlier.key(path), "first defined here")
        message = f"{what} is defined in two files"
        reading.error(code, message, reading.key(path), path=path, also=also)


def _identify(job: Job) -> str:
    """What two names of one file have in common."""
    try:
        return job.path if job.data is not None else os.path.realpath(job.path)
    except (OSError, ValueError):
        return job.path


def _find_directory(job: Job) -> str:
    """Where relative paths in the file start."""
    try:
        return str(FilePath(job.path).absolute().parent if job.data is None else FilePath.cwd())
    except OSError:
        return "/"
