"""Badges: what they say, and that no name breaks the picture."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from aegis_web.badges import draw_badge, make_badge, measure_text, show_badge
from aegisd.core.model import Result


def test_words_and_colours() -> None:
    """Each result has its own; without one it is not known, which is no error."""
    told = {result: show_badge(make_badge("ci", result)) for result in (*Result, None)}
    assert {result: each["message"] for result, each in told.items()} == {
        Result.SUCCESS: "passed",
        Result.FAILURE: "failed",
        Result.TIMEOUT: "timed out",
        Result.ERROR: "error",
        Result.CANCELLATION: "unknown",
        Result.SKIP: "unknown",
        None: "unknown",
    }
    assert (told[Result.SUCCESS]["isError"], told[None]["isError"], told[Result.FAILURE]["isError"]) == (
        False,
        False,
        True,
    )


@given(st.text(max_size=80))
def test_any_label(label: str) -> None:
    """The picture is XML whatever it is called, says so to readers that do not see it, and has room for it."""
    badge = make_badge(label, Result.SUCCESS)
    picture = ET.fromstring(draw_badge(badge))  # noqa: S314 - our own
    shown = "".join(sign if sign.isprintable() else "�" for sign in badge.label)
    assert picture.attrib["aria-label"] == f"{shown}: passed"
    assert int(picture.attrib["width"]) > measure_text(badge.label)
    assert not [each for each in picture.iter() if each.tag.endswith(("script", "style", "image", "a"))]
