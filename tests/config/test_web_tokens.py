"""`tokens` in `[web]`: digests, names and scopes, and how they are shown."""

import pytest

from aegisd.config.show import describe_changes, render_config
from aegisd.core.token import AccessToken, Scope
from tests.config.check import check, load_text, places

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
GOOD = f'[web]\ntokens = [{{ name = "ci", sha256 = "{DIGEST}", scopes = ["run", "read"] }}]\n'


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ('{ name = "ci" }', "AEG013"),
        (f'{{ name = "ci", sha256 = "{DIGEST}", scopes = [] }}', "AEG310"),
        (f'{{ name = "ci", sha256 = "{DIGEST}", scopes = ["root"] }}', "AEG310"),
        (f'{{ name = "ci", sha256 = "{DIGEST.upper()}", scopes = ["run"] }}', "AEG310"),
        ('{ name = "ci", sha256 = "aegis_secret", scopes = ["run"] }', "AEG310"),
        (f'{{ name = "c i", sha256 = "{DIGEST}", scopes = ["run"] }}', "AEG017"),
        (f'{{ name = "ci", sha256 = "{DIGEST}", scopes = ["run"], secret = "x" }}', "AEG012"),
        ('"ci"', "AEG014"),
    ],
)
def test_what_is_refused(entry: str, code: str) -> None:
    """A digest that is none, no scope or an unknown one, keys that are missing or unknown (W1.19: nothing opens)."""
    config, problems = check(f"[web]\ntokens = [{entry}]\n")
    assert config is None
    assert code in {each.code for each in problems}


def test_names_are_there_once() -> None:
    """Two tokens of one name could not be told apart in events."""
    entry = f'{{ name = "ci", sha256 = "{DIGEST}", scopes = ["run"] }}'
    assert places(f"[web]\ntokens = [{entry}, {entry}]\n")[0].endswith("AEG310")
    assert {each.code for each in check('[web]\ntokens = "ci"\n')[1]} == {"AEG014"}


def test_reading_and_showing() -> None:
    """What is read is what was written, what is shown reads back, and a reload tells names only."""
    config = load_text(GOOD)
    assert config.web.tokens == (AccessToken(name="ci", sha256=DIGEST, scopes=(Scope.RUN, Scope.READ)),)
    assert load_text(render_config(config, origin=False)).web == config.web
    assert "web.tokens: " in describe_changes(load_text(""), config)[0]
    assert DIGEST not in str(describe_changes(load_text(""), config))
