"""The package and the one file on a Debian that has no Python: what users get, from the installation to the purge.

They are for `make test-deb`, which makes both and names them ($AEGIS_DEB, $AEGIS_BIN); else nothing of this is tested.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegisd.wire.errors import EXIT_CONFIG
from tests.packaging.machine import Machine, boot_machine

ONE = "/opt/one/aegis"
NOBODY = "setpriv --reuid=4321 --regid=4321 --clear-groups"
UNITS = ("aegisd.service", "aegisd.socket", "aegisd-http.socket")
TIMER = """
[daemon]
state_dir = "/tmp/checked"
[workflows.w]
steps = [{ run = "true" }]
[triggers.t]
type = "timer"
workflow = "w"
cron = "0 2 * * *"
"""
SLEEPS = """
[workflows.long]
steps = [{ name = "first", run = "sleep 5; echo x >> /var/lib/aegis/home/first" }, { name = "second", run = "echo y" }]
"""


if not {"AEGIS_DEB", "AEGIS_BIN"} & set(os.environ):
    pytest.skip("THE PACKAGE IS NOT TESTED ON A DEBIAN WITHOUT PYTHON: make test-deb", allow_module_level=True)


def _named(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"NOT TESTED: {variable} is not set (make test-deb)")
    return Path(path).absolute()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine that runs, with nothing of aegis."""
    with boot_machine(tmp_path_factory.mktemp("machine")) as machine:
        yield machine


@pytest.fixture
def installed(machine: Machine) -> Machine:
    """The machine with the package."""
    shutil.copy(_named("AEGIS_DEB"), machine.root / "aegis.deb")
    machine.run("dpkg", "--install", "--force-confnew", "/aegis.deb")
    return machine


@pytest.fixture
def one(machine: Machine) -> Machine:
    """The machine with the one file, and nothing beside it."""
    place = machine.root / ONE.lstrip("/")
    place.parent.mkdir(exist_ok=True)
    shutil.copy(_named("AEGIS_BIN"), place)
    return machine


def test_there_is_no_python(machine: Machine) -> None:
    """Else the others show nothing."""
    assert machine.find("python3*", "libpython*") == []
    machine.run("sh", "-c", "command -v python3 || command -v python", status=127)


def test_all_is_well(installed: Machine) -> None:
    """The units verify, aegisd runs, and doctor finds nothing but what the kernel and other packages do not give."""
    assert "aegisd" not in installed.run("systemd-analyze", "verify", "--man=no", *UNITS)
    assert (installed.show("ActiveState"), installed.show("NRestarts")) == ("active", "0")
    checks = json.loads(installed.run("aegisctl", "doctor", "--json"))["checks"]
    assert {each["check"] for each in checks if each["level"] != "ok"} <= {"authorities", "limits"}
    assert "containment" in {each["check"] for each in checks}
    assert "hello from" in installed.run("aegisctl", "run", "hello", "--logs", "all")


def test_demo_of_the_package(installed: Machine) -> None:
    """One command without a configuration shows the red run, and leaves nothing."""
    _assert_shown(installed.run("aegis", "demo"))
    assert installed.run("sh", "-c", "ls /tmp | grep aegis-demo", status=1) == ""


def _assert_shown(told: str) -> None:
    assert "the total is 6, not 7" in told
    assert "four workflows, one of them red as it should be" in told


def test_an_upgrade(installed: Machine, tmp_path: Path) -> None:
    """A higher version over this one in the middle of a run: the configuration is the administrator's, aegisd is a new
    one, the run goes on and passes, and the history is there. The same back again."""
    workflows = installed.root / "etc/aegis/workflows.d/hello.toml"
    workflows.write_text(workflows.read_text() + SLEEPS)
    kept = workflows.read_text()
    installed.run("aegisctl", "reload")
    installed.run("aegisctl", "run", "hello")
    for package in (_make_newer(tmp_path), _named("AEGIS_DEB")):
        number = installed.run("aegisctl", "run", "long", "--detach", "--print-id").split()[0]
        before, runs = installed.show("MainPID"), _list_runs(installed)
        shutil.copy(package, installed.root / "other.deb")
        installed.run("dpkg", "--install", "--force-confold", "/other.deb")
        assert installed.show("MainPID") not in {before, "0"}
        assert (workflows.read_text(), _list_runs(installed)) == (kept, runs)
        installed.run("aegisctl", "watch", number)
    assert "configuration valid" in installed.run("aegisctl", "doctor")


def _make_newer(folder: Path) -> Path:
    """The package under a higher version, with another configuration to begin with."""
    tree, made = folder / "tree", folder / "newer.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", _named("AEGIS_DEB"), tree], check=True)
    control, hello = tree / "DEBIAN/control", tree / "etc/aegis/workflows.d/hello.toml"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 99."))
    hello.write_text(hello.read_text().replace("hello from", "good morning from"))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made], check=True, capture_output=True)
    shutil.rmtree(tree)
    return made


def _list_runs(machine: Machine) -> list[int]:
    return [run["id"] for run in json.loads(machine.run("aegisctl", "history", "--json"))]


def test_a_store_of_a_later_version(installed: Machine) -> None:
    """A downgrade beyond the store's schema: aegisd says so once and stops, `--check` says it before, and the store is
    as it was. The next package starts the service that has failed."""
    installed.run("systemctl", "stop", *UNITS)
    store = installed.root / "var/lib/aegis/store.sqlite"
    known = _set_schema(store, 999)
    written = store.read_bytes()
    try:
        installed.run("systemctl", "start", "aegisd.service", status=1)
        words = f"written by a later aegis (schema 999, this one knows {known}); upgrade aegis"
        assert words in installed.run("journalctl", "-u", "aegisd", "-n", "20", "--no-pager")
        assert words in installed.run("aegisd", "--check", status=EXIT_CONFIG)
        assert (installed.show("ActiveState"), store.read_bytes()) == ("failed", written)
    finally:
        _set_schema(store, known)
    installed.run("dpkg", "--install", "/aegis.deb")
    assert installed.show("ActiveState") == "active"
    assert "the store is sound" in installed.run("aegisctl", "doctor")


def _set_schema(store: Path, version: int) -> int:
    """Make the schema of a store `version`; returns what it was."""
    connection = sqlite3.connect(store)
    try:
        (was,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
    return int(was)


def test_removed_and_installed_again(installed: Machine) -> None:
    """A removal stops and disables, and keeps configuration and history; the next installation enables and starts."""
    installed.run("aegisctl", "run", "hello")
    runs = _list_runs(installed)
    installed.run("dpkg", "--remove", "aegis")
    assert (installed.root / "etc/aegis/aegis.toml").exists()
    installed.run("aegisctl", "version", status=127)
    installed.run("dpkg", "--install", "/aegis.deb")
    assert installed.run("systemctl", "is-enabled", *UNITS).split() == ["enabled"] * 3
    assert (installed.show("ActiveState"), _list_runs(installed)) == ("active", runs)


def test_a_purge(installed: Machine) -> None:
    """Nothing is left but the state, and the user to whom it belongs."""
    installed.run("aegisctl", "run", "hello")
    for name in ("aegis.deb", "other.deb", ONE.lstrip("/")):
        (installed.root / name).unlink(missing_ok=True)
    installed.run("rm", "-rf", "/var/cache/aegis")
    told = installed.run("dpkg", "--purge", "aegis")
    assert "the history is still in /var/lib/aegis" in told
    assert installed.find("*aegis*") == ["/var/lib/aegis"]
    assert "aegis" not in installed.run("systemctl", "list-unit-files", "--no-pager")
    assert installed.run("sh", "-c", "ls -d /run/*aegis* /tmp/*aegis*", status=2).count("No such file") == 2


HOSTILE = {
    "nothing in the environment": "exec env -i",
    "a locale and a terminal that nobody knows": "exec env LC_ALL=xx_YY.UTF-8 LANG=no TERM=nosuch HOME=/root",
    "a locale that is not UTF-8": "exec env LC_ALL=C TERM=dumb HOME=/root",
    "no home": "exec env HOME=/nonexistent",
    "an empty HOME and PATH": "exec env HOME= PATH=",
    "a user that is in no list": f"install -d -o 4321 /tmp/own; exec env -i AEGIS_CACHE=/tmp/own {NOBODY}",
    "a /usr that cannot be written": "mount --bind /usr /usr; mount -o remount,bind,ro /usr; exec",
    "no time zones": "mount -t tmpfs none /usr/share/zoneinfo; exec",
    "a restrictive umask": "umask 077; exec",
}


@pytest.mark.parametrize("surroundings", HOSTILE)
def test_the_one_file(one: Machine, surroundings: str) -> None:
    """Both programs answer and a configuration is checked, whatever the host lacks."""
    (one.root / "srv/timer.toml").write_text(TIMER)
    assert one.run(*_within(surroundings, "aegisctl", "version")).startswith("aegisctl ")
    assert "will be made" in one.run(*_within(surroundings, "aegisd", "--check", "--config", "/srv/timer.toml"))


@pytest.mark.parametrize("surroundings", [name for name in HOSTILE if "locale" not in name or "UTF-8" in name])
def test_demo_of_the_one_file(one: Machine, surroundings: str) -> None:
    """The demo runs there too."""
    _assert_shown(one.run(*_within(surroundings, "demo")))


def _within(surroundings: str, *words: str) -> tuple[str, ...]:
    script = f'set -e; {HOSTILE[surroundings]} "$@"'
    return ("unshare", "--mount", "sh", "-c", script, "sh", ONE, *words)


def test_on_a_terminal_that_nobody_knows(one: Machine) -> None:
    """The live display works with any TERM, and with none."""
    for term in ("TERM=nosuch", "TERM=", "TERM=dumb"):
        _assert_shown(one.run("env", term, "HOME=/root", "script", "-qec", f"{ONE} demo", "/dev/null"))


def test_no_place_to_unpack(one: Machine) -> None:
    """A user without a home is told what to set."""
    told = one.run(*NOBODY.split(), "env", "-i", ONE, "aegisctl", "version", status=69)
    assert "AEGIS_CACHE" in told


def test_a_zone_without_time_zones(one: Machine) -> None:
    """A configuration that names one says which package brings them."""
    (one.root / "srv/zone.toml").write_text(f'{TIMER}timezone = "Europe/Berlin"\n')
    told = one.run(*_within("no time zones", "aegisd", "--check", "--config", "/srv/zone.toml"), status=78)
    assert "apt install tzdata" in told
