"""`[[webhooks]]`: what is accepted, what is refused and where, and that no message tells a secret."""

from pathlib import Path

import pytest

from aegisd.config.loader import check_files, load_config
from aegisd.config.problems import Problem, render
from aegisd.config.show import describe_changes, render_config
from aegisd.config.values import Config
from aegisd.config.webhook_values import SCHEDULE, STATUS_EVENTS, On, Targets, WebhookFormat
from aegisd.steps import SPECS
from tests.config.check import check, load_text, places

HOOK = '[[webhooks]]\nname = "ci"\nurl = "https://ci.example.org/hooks/aegis"\n'
KEY = "0123456789abcdef01234567"


def _load(tmp_path: Path, text: str, *, environment: dict[str, str] | None = None, mode: int = 0o600) -> Config:
    path = tmp_path / "aegis.toml"
    path.write_text(text)
    path.chmod(mode)
    config, _ = load_config(str(path), step_types=SPECS, environment=environment or {})
    return config


def _codes(tmp_path: Path, text: str, *, mode: int = 0o600, environment: dict[str, str] | None = None) -> list[str]:
    return [each.code for each in _check(tmp_path, text, mode=mode, environment=environment)]


def _check(
    tmp_path: Path, text: str, *, mode: int = 0o600, environment: dict[str, str] | None = None
) -> tuple[Problem, ...]:
    path = tmp_path / "aegis.toml"
    path.write_text(text)
    path.chmod(mode)
    return check_files([str(path)], step_types=SPECS, environment=environment or {})[1]


def test_defaults() -> None:
    """S17, S25: a name and an address are enough."""
    webhook = load_text(HOOK).webhooks["ci"]
    assert (webhook.events, webhook.format, webhook.on) == (("workflow.completed",), WebhookFormat.AEGIS, On.ALWAYS)
    assert (webhook.timeout, webhook.max_concurrent, webhook.schedule) == (10.0, 1, SCHEDULE)
    assert (webhook.targets, webhook.allow_loopback, webhook.enabled) == (Targets.INTRANET, False, True)
    assert webhook.keys == ()


def test_defaults_of_formats() -> None:
    """Slack is told of changes only; github-status of what changes the state of a run."""
    assert load_text(HOOK + 'format = "slack"\n').webhooks["ci"].on is On.CHANGE
    assert load_text(HOOK + 'format = "slack"\non = "always"\n').webhooks["ci"].on is On.ALWAYS
    text = '[[webhooks]]\nname = "gh"\nformat = "github-status"\nurl = "https://api.github.com/x/{sha}"\n'
    config = load_text(text + 'secret = "${AEGIS_WEBHOOK_SECRET}"\n')
    assert config.webhooks["gh"].events == STATUS_EVENTS


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://ci.example.org/x", "ci.example.org/x", "unix:///run/x.sock", "https://", "https:///x", ""),
        *("https://user@ci.example.org/", "https://:p@ci.example.org/", "https://ci.example.org/#x"),
        *("https://ci.example.org:22/", "https://ci.example.org:99999/", "https://ci.example.org:x/"),
        *("https://ci.example.org/a b", "https://ci.example.org/\\u00e9", "https://[::1/", "file:///etc/passwd"),
    ],
)
def test_addresses_that_nothing_can_be_sent_to(url: str) -> None:
    """S34: an address that cannot work is an error at its place."""
    assert places(f'[[webhooks]]\nname = "ci"\nurl = "{url}"\n') == ["3:7 AEG220"]


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:8080/x", "https://[2606:4700::1]/", "https://ci.example.org:8443/?a=b"]
)
def test_addresses_that_are_fine(url: str) -> None:
    """Numbers, ports and queries are allowed."""
    assert places(f'[[webhooks]]\nname = "ci"\nurl = "{url}"\n') == []


@pytest.mark.parametrize(
    ("url", "more", "codes"),
    [
        ("http://127.0.0.1:8080/", "", ["AEG221"]),
        ("http://127.0.0.1:8080/", "allow_loopback = true\n", []),
        ("http://169.254.169.254/", "allow_loopback = true\n", ["AEG221"]),
        ("http://10.0.0.1/", 'targets = "public"\n', ["AEG221"]),
        ("http://10.0.0.1/", 'targets = "public"\nallow_cidrs = ["10.0.0.0/8"]\n', []),
        ("http://10.0.0.1/", 'targets = "public"\nallow_hosts = ["10.0.0.1"]\n', []),
        ("http://h/", 'allow_cidrs = ["10.0.0.1/8", "x"]\n', ["AEG222", "AEG222"]),
    ],
)
def test_targets(url: str, more: str, codes: list[str]) -> None:
    """An address in numbers is judged when the configuration is read."""
    assert [each.code for each in check(f'[[webhooks]]\nname = "ci"\nurl = "{url}"\n{more}')[1]] == codes


@pytest.mark.parametrize(
    ("proxy", "codes"),
    [
        *[(url, []) for url in ("http://127.0.0.1:4750", "http://proxy.corp:3128/")],
        *[(url, ["AEG220"]) for url in ("https://proxy.corp:3128", "socks5://proxy:1080", "proxy:3128", "http://")],
        *[(url, ["AEG220"]) for url in ("http://u:p@proxy:3128", "http://proxy:3128/x", "http://proxy:22", "http://[")],
    ],
)
def test_proxies(proxy: str, codes: list[str]) -> None:
    """Plain HTTP, a host and a port; which may be on this host."""
    text = f'[[webhooks]]\nname = "ci"\nurl = "https://ci.example.org/"\nproxy = "{proxy}"\n'
    assert [each.code for each in check(text)[1]] == codes


def test_unknown_events_are_warnings() -> None:
    """S35: a misspelt event is a warning with the nearest one, also beside errors; `custom.*` are your own."""
    text = HOOK + 'events = ["workflow.complete", "step.*", "custom.deployed", "*"]\nretries = 3\n'
    config, problems = check(text)
    assert config is None
    assert [(each.code, each.severity) for each in problems] == [
        ("AEG223", "warning"),
        ("AEG223", "warning"),
        ("AEG012", "error"),
    ]
    assert problems[0].label == 'did you mean "workflow.completed"?'
    assert problems[1].help == 'patterns are not known here: ["*"] is all events'
    config, _ = check(HOOK + 'events = ["workflow.complete"]\n')
    assert config is not None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("events = []\n", "AEG015"),
        ("schedule = []\n", "AEG015"),
        ('schedule = ["0s", "-5s"]\n', "AEG015"),
        ('schedule = "5s"\n', "AEG014"),
        ("schedule = [true]\n", "AEG014"),
        ("max_concurrent = 9\n", "AEG015"),
        ('timeout = "2m"\n', "AEG015"),
        ('format = "xml"\n', "AEG016"),
        ("secret = 5\n", "AEG014"),
        ("secret = []\n", "AEG015"),
        ("verify = false\n", "AEG012"),
        ('format = "github-status"\n', "AEG224"),
    ],
)
def test_bad_values(more: str, code: str) -> None:
    """Each is one error; switching off the verification of certificates is no key."""
    assert [each.code for each in check(HOOK + more)[1]] == [code]


def test_the_schedule_takes_both_spellings() -> None:
    """Seconds and strings."""
    assert load_text(HOOK + 'schedule = [0, "5s", 0.5, "1h30m"]\n').webhooks["ci"].schedule == (0.0, 5.0, 0.5, 5400.0)


def test_names_are_unique(tmp_path: Path) -> None:
    """In one file and over all files; each message leads to both."""
    _, problems = check(f"{HOOK}\n{HOOK}")
    assert [(each.code, each.line) for each in problems] == [("AEG226", 6)]
    assert problems[0].also
    assert problems[0].also.line == 2
    (tmp_path / "b.toml").write_text(f"\n\n{HOOK}")
    found = _check(tmp_path, f'include = ["b.toml"]\n{HOOK}')
    assert [(each.code, Path(each.file).name, each.line) for each in found] == [("AEG226", "b.toml", 3)]
    assert found[0].also
    assert found[0].also.line == 2


def test_every_file_may_have_some(tmp_path: Path) -> None:
    """The webhooks of all files together, each with its places."""
    (tmp_path / "b.toml").write_text('[[webhooks]]\nname = "b"\nurl = "https://b.example.org"\n')
    config = _load(tmp_path, f'include = ["b.toml"]\n{HOOK}')
    assert list(config.webhooks) == ["ci", "b"]
    shown = " ".join(render_config(config, origin=True).split())
    assert f'url = "https://b.example.org" # {tmp_path}/b.toml:3' in shown


def test_where_secrets_come_from(tmp_path: Path) -> None:
    """S18: a variable, a file, a credential; without the line break at the end; two while one is changed."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "key").chmod(0o400)
    (tmp_path / "next").write_text(KEY[::-1])
    (tmp_path / "next").chmod(0o600)
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path), "SECRET": KEY}
    for given, keys in (
        ('secret = "${SECRET}"', (KEY,)),
        ('secret_file = "key"', (KEY,)),
        (f'secret_file = ["{tmp_path}/key", "next"]', (KEY, KEY[::-1])),
        ('credential = "key"', (KEY,)),
        ('secret = ["${SECRET}", "${SECRET}x"]', (KEY, f"{KEY}x")),
    ):
        config = _load(tmp_path, f"{HOOK}{given}\n", environment=environment)
        assert config.webhooks["ci"].keys == keys
        assert KEY not in repr(config)
        assert KEY not in render_config(config, origin=True)


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ('secret_file = "open"', ["AEG228"]),
        ('secret_file = "missing"', ["AEG228"]),
        ('secret_file = "."', ["AEG228"]),
        ('secret_file = "/dev/zero"', ["AEG228"]),
        ('credential = "missing"', ["AEG228"]),
        ('credential = "../key"', ["AEG228"]),
        ('secret_file = "short"', ["AEG229"]),
        ('secret_file = "base64"', ["AEG229"]),
        ('secret_file = "key"\ncredential = "key"', ["AEG227"]),
        ('secret = "${MISSING}"', ["AEG008"]),
        (f'secret = "{KEY}"', ["AEG231"]),
    ],
)
def test_secrets_that_cannot_be_used(more: str, codes: list[str], tmp_path: Path) -> None:
    """Fail closed (W1.19): a secret that is missing, open to others, or short enough to be guessed is an error."""
    for name, text, mode in (
        ("key", KEY, 0o600),
        ("open", KEY, 0o640),
        ("short", "hunter2", 0o600),
        ("base64", "whsec_%%%%%%%%%%%%%%%%%%%%%%%%%%%%", 0o600),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    assert _codes(tmp_path, f"{HOOK}{more}\n", environment={"CREDENTIALS_DIRECTORY": str(tmp_path)}) == codes


def test_a_secret_in_a_file_for_all(tmp_path: Path) -> None:
    """A secret in the configuration itself is a warning, and an error where others may read the file."""
    text = f'{HOOK}secret = "{KEY}"\n'
    assert _codes(tmp_path, text, mode=0o600) == ["AEG231"]
    assert _codes(tmp_path, text, mode=0o640) == ["AEG230"]


def test_authorities(tmp_path: Path) -> None:
    """A `ca_file` must hold certificates."""
    import trustme

    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "empty.pem").write_text("nothing")
    assert _codes(tmp_path, f'{HOOK}ca_file = "ca.pem"\n') == []
    assert _codes(tmp_path, f'{HOOK}ca_file = "empty.pem"\n') == ["AEG225"]
    assert _codes(tmp_path, f'{HOOK}ca_file = "missing.pem"\n') == ["AEG225"]


@pytest.mark.parametrize("form", ["full", "concise", "json", "github", "sarif"])
def test_reports_tell_no_secret(form: str) -> None:
    """A report is kept in the journal and in an event, so the lines that it shows are covered; columns stay right."""
    text = (
        '[[webhooks]]\nname = "ci"\n'
        'url = "https://user:hunter2@hooks.slack.com/services/T0AB/B1CD/abcdefGHIJKLmnop1234"\n'
        f'secret = ["{KEY}", "s3cr3t"]\ntimeout = "x"\n'
    )
    _, problems, sources = check_files(["-"], step_types=SPECS, environment={}, stdin_text=text)
    assert len(problems) >= 4
    shown = render(problems, sources, format=form)
    assert all(word not in shown for word in (KEY, "s3cr3t", "hunter2", "abcdefGHIJ"))
    assert "hooks.slack.com" in shown or form != "full"


def test_config_show(tmp_path: Path) -> None:
    """Addresses without their secret parts, secrets by length or variable; what is shown of the rest reads back."""
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    url = "https://hooks.slack.com/services/T0AB/B1CD/abcdefGHIJKLmnop1234"
    text = f'[[webhooks]]\nname = "s"\nurl = "{url}"\nsecret = ["{KEY}", "${{NEXT}}"]\nschedule = ["0s", "5s"]\n'
    config = _load(tmp_path, text, environment={"NEXT": KEY})
    shown = render_config(config, origin=False)
    assert 'url = "https://hooks.slack.com/services/T0AB/B1CD/•••"' in shown
    assert 'secret = ["(set, 24 bytes)", "${NEXT}"]' in shown
    plain = f'{HOOK}secret_file = "{tmp_path}/key"\nschedule = ["0s", "5s"]\nmax_concurrent = 4\n'
    config = _load(tmp_path, plain)
    again = _load(tmp_path, render_config(config, origin=True))
    assert again.webhooks == config.webhooks


def test_changes_by_name() -> None:
    """A reload says which webhooks came, went and changed, and not what in them."""
    old = load_text(HOOK)
    new = load_text(HOOK + 'timeout = "5s"\n' + HOOK.replace('"ci"', '"b"'))
    assert describe_changes(old, new) == ("webhooks: 1 added (b), 1 changed (ci)",)
    assert describe_changes(new, load_text("")) == ("webhooks: 2 removed (ci, b)",)
