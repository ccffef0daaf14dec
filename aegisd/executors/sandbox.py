"""The command line of bubblewrap (bwrap(1)) that holds a program to a sandbox. Nothing is started here.

In the sandbox the host is there to read, and only the folders that the command names are there to write in. `/tmp`,
`/var/tmp`, `/run`, `/dev` and `/proc` are its own and end with it. Hidden are what aegisd keeps (`Secrets`), every
cgroup file system and every other view of the host's processes. Mounts are made from the outermost path to the
innermost, so that a workspace inside the state directory is there while the rest of that is not, and a secret inside a
workspace is not.

As root, bubblewrap keeps all capabilities and leaves /proc/sys open for writing. So capabilities are dropped, and what
only the user id protects in /proc is bound read-only. `--die-with-parent` is not used: it would fire when a thread of
the parent ends, or when aegisd is replaced; ending the step is the work of the containment around all of this.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from attrs import evolve, frozen

from aegisd.executors.command import Command, SpawnError
from aegisd.executors.mounts import Mount, find_names, is_within

PACKAGE = "bubblewrap"
MOST_ARGUMENTS = 9000
HOME = "/tmp/home"  # noqa: S108 - in the sandbox's own /tmp

_PROGRAM = "bwrap"
_SEARCHED = "/usr/local/bin:/usr/bin:/bin"
_PRIVATE = ("/tmp", "/var/tmp", "/run")  # noqa: S108 - what is put there is the step's own
_KERNEL_FILES = frozenset({"bpf", "cgroup", "cgroup2", "debugfs", "proc", "tracefs"})
_READ_ONLY_PROC = ("acpi", "fs", "irq", "mtrr", "scsi", "sys", "sysrq-trigger")
_OWN_FOLDERS = ("TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
_SYSTEM = ("/dev", "/proc", "/sys")


@frozen(kw_only=True)
class Secrets:
    """What no sandbox shows: folders and files of aegisd, as they are configured."""

    paths: tuple[str, ...]


@frozen(kw_only=True)
class _Layer:
    """What is mounted at a path, as arguments. `is_empty`: nothing of the host is there any more."""

    path: str
    arguments: tuple[str, ...]
    is_empty: bool = False
    then: tuple[str, ...] = ()


def find_bwrap() -> str | None:
    """The path of bubblewrap's program."""
    return shutil.which(_PROGRAM, path=f"{_SEARCHED}:{os.environ.get('PATH', '')}")


def enter_sandbox(
    command: Command, *, program: str, secrets: Secrets, mounts: Sequence[Mount], before: Sequence[str] = ()
) -> Command:
    """`command` as one that `program` (bwrap) runs in a sandbox; `before` are further arguments for it.

    Raises SpawnError when the sandbox would hold nothing.
    """
    writes = tuple(os.path.realpath(path) for path in command.writes)
    hidden = _find_hidden(secrets, mounts)
    _check_writes(command, writes, hidden)
    reads = tuple(os.path.realpath(path) for path in (*command.reads, "/etc/resolv.conf"))
    layers = _stack(writes, reads, hidden)
    env = _adapt(command.env, layers, writes)
    arguments = [word for layer in layers for word in layer.arguments]
    arguments += [word for layer in layers for word in layer.then]
    arguments += ["--perms", "0700", "--dir", HOME] if env.get("HOME") == HOME else []
    arguments += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--new-session", "--cap-drop", "ALL"]
    arguments += [] if command.confinement.network else ["--unshare-net"]
    argv = (program, *before, *arguments, "--chdir", os.path.realpath(command.dir), "--", *command.argv)
    if len(argv) > MOST_ARGUMENTS:
        message = f"cannot start {command.argv[0]} in a sandbox: {len(argv)} arguments are more than {MOST_ARGUMENTS}"
        raise SpawnError(message)
    return evolve(command, argv=argv, env=env, dir="/", confinement=evolve(command.confinement, sandbox=None))


def _find_hidden(secrets: Secrets, mounts: Sequence[Mount]) -> tuple[str, ...]:
    known = [os.path.realpath(path) for path in secrets.paths]
    found = [name for path in known for name in find_names(path, mounts)]
    found += ["/sys/fs/cgroup", *(mount.point for mount in mounts if mount.kind in _KERNEL_FILES)]
    return tuple(dict.fromkeys(os.path.realpath(path) for path in found if os.path.exists(path)))  # noqa: PTH110


def _check_writes(command: Command, writes: Sequence[str], hidden: Sequence[str]) -> None:
    for path in writes:
        if path == "/" or any(is_within(path, folder) for folder in _SYSTEM):
            message = f"cannot start {command.argv[0]} in a sandbox that may write in {path}: choose another `dir`"
            raise SpawnError(message)
        if path in hidden:
            message = f"cannot start {command.argv[0]} in a sandbox: {path} is aegisd's own; choose another `dir`"
            raise SpawnError(message)


def _stack(writes: Sequence[str], reads: Sequence[str], hidden: Sequence[str]) -> list[_Layer]:
    """The layers, outermost first; without those that would hide what is hidden already."""
    layers = {"/": _Layer(path="/", arguments=("--ro-bind", "/", "/"))}
    wanted = [*(_hide(path) for path in hidden), *_list_private()]
    wanted += [_Layer(path=path, arguments=("--ro-bind-try", path, path)) for path in reads]
    wanted += [_Layer(path=path, arguments=("--bind", path, path)) for path in writes]
    wanted = list({layer.path: layer for layer in wanted}.values())
    for layer in sorted(wanted, key=lambda each: len(PurePath(each.path).parts)):
        around = _surrounding(layers, layer.path)
        is_needless = around.is_empty if layer.is_empty else layer.path in reads and not around.is_empty
        if not is_needless:
            layers[layer.path] = layer
    return list(layers.values())


def _surrounding(layers: Mapping[str, _Layer], path: str) -> _Layer:
    """The innermost of `layers` that `path` lies in."""
    return max((layer for layer in layers.values() if is_within(path, layer.path)), key=lambda each: len(each.path))


def _list_private() -> Iterator[_Layer]:
    yield _Layer(path="/dev", arguments=("--dev", "/dev"), is_empty=True)
    binds = [("--ro-bind-try", f"/proc/{name}", f"/proc/{name}") for name in _READ_ONLY_PROC]
    arguments = ("--proc", "/proc", *(word for bind in binds for word in bind))
    yield _Layer(path="/proc", arguments=arguments, is_empty=True)
    for path in _PRIVATE:
        if os.path.isdir(path) and os.path.realpath(path) == path:  # noqa: PTH112
            mode = "0755" if path == "/run" else "1777"
            yield _Layer(path=path, arguments=("--perms", mode, "--tmpfs", path), is_empty=True)


def _hide(path: str) -> _Layer:
    if os.path.isdir(path):  # noqa: PTH112
        arguments = ("--perms", "0711", "--tmpfs", path)
        return _Layer(path=path, arguments=arguments, is_empty=True, then=("--remount-ro", path))
    return _Layer(path=path, arguments=("--ro-bind", os.devnull, path), is_empty=True)


def _adapt(env: Mapping[str, str], layers: Sequence[_Layer], writes: Sequence[str]) -> dict[str, str]:
    """`env` without folders that the program could not write in; HOME becomes one that it can."""
    known = {layer.path: layer for layer in layers}
    adapted = {
        name: value for name, value in env.items() if name not in _OWN_FOLDERS or _is_writable(value, known, writes)
    }
    if not _is_writable(env.get("HOME", ""), known, writes) and known.get("/tmp", known["/"]).is_empty:  # noqa: S108
        adapted["HOME"] = HOME
    return adapted


def _is_writable(path: str, layers: Mapping[str, _Layer], writes: Sequence[str]) -> bool:
    if not path.startswith("/"):
        return False
    around = _surrounding(layers, os.path.realpath(path))
    return around.path in writes
