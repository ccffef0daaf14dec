"""Defaults that depend on where aegisd runs: the state directory and the control socket. Only names; nothing is
opened."""

import pwd
from pathlib import Path

from aegisd.config.reading import Surroundings

_ROOT = 0


def find_state_dir(around: Surroundings) -> str:
    """$STATE_DIRECTORY, else $XDG_STATE_HOME/aegis, else ~/.local/state/aegis; for root /var/lib/aegis."""
    given = around.environment.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return given
    home = around.environment.get("XDG_STATE_HOME")
    if home:
        return str(Path(home, "aegis"))
    if around.user_id == _ROOT:
        return "/var/lib/aegis"
    return str(Path(_find_home(around), ".local", "state", "aegis"))


def find_socket(around: Surroundings) -> str | None:
    """$RUNTIME_DIRECTORY/control.sock, else $XDG_RUNTIME_DIR/aegis/control.sock; for root /run/aegis/control.sock.

    None: it belongs into the state directory.
    """
    given = around.environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    if given:
        return str(Path(given, "control.sock"))
    runtime = around.environment.get("XDG_RUNTIME_DIR")
    if runtime:
        return str(Path(runtime, "aegis", "control.sock"))
    return "/run/aegis/control.sock" if around.user_id == _ROOT else None


def _find_home(around: Surroundings) -> str:
    home = around.environment.get("HOME")
    if home:
        return home
    try:
        return pwd.getpwuid(around.user_id).pw_dir
    except KeyError:
        return "/"
