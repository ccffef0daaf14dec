"""Names of artifacts: which can be keys, and how others are shown."""

import pytest

from aegisd.core.artifact import MOST_KEY_BYTES, find_fault, guess_type, show_harmless


@pytest.mark.parametrize(
    "key", ["a", "dist/app-1.0.whl", "ä/ö.txt", "a b", "...", ".hidden", "a\\b", "%2e%2e/x", "x" * 1024]
)
def test_keys(key: str) -> None:
    """Plain relative paths are keys, whatever letters they have."""
    assert find_fault(key) is None


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", "empty"),
        ("/etc/passwd", "absolute"),
        ("../x", "`..`"),
        ("a/../../x", "`..`"),
        ("a/./b", "`.`"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        ("..", "`..`"),
        ("a\nb", "control"),
        ("a\0b", "control"),
        ("a\x1b[2J", "control"),
        ("a\x9bb", "control"),
        ("a\u202egnp.exe", "control"),
        ("a\u2028b", "control"),
        ("caf\udce9", "UTF-8"),
        ("x" * (MOST_KEY_BYTES + 1), "longer"),
        ("ä" * 600, "longer"),
        ("x" * 5000, "longer"),
    ],
)
def test_what_is_no_key(key: str, fault: str) -> None:
    """What leads out, what is no text, what a screen would obey and what is too long has a fault in words."""
    assert fault in (find_fault(key) or "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\x1b", "a\\x0ab\\x1b"),
        ("\u202egnp", "\\u202egnp"),
        ("caf\udce9", "caf\\xe9"),
        ("x" * 300, "x" * 200 + "…"),
        ("\n" * 5000, "\\x0a" * 50 + "…"),
    ],
)
def test_names_are_shown_harmless(name: str, shown: str) -> None:
    """Whatever a name holds, it is shown on one line, in plain text, of bounded length."""
    assert show_harmless(name) == shown


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.JSON", "application/json"),
        ("a.tar.gz", "application/gzip"),
        ("plan", "application/octet-stream"),
        ("x.", "application/octet-stream"),
    ],
)
def test_types_go_by_the_ending(name: str, kind: str) -> None:
    """The media type is guessed by the ending, and bytes where it says nothing."""
    assert guess_type(name) == kind
