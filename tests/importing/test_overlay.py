"""`.aegis.ENV.yaml` over `.aegis.yaml`, as aegis_qa 0.2.0 has it (B12)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegisd.importing.overlay import lay_over, list_overlays, name_overlay
from aegisd.importing.unreadable import UnreadableError

_VALUES = st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3))
_TABLES = st.recursive(
    st.dictionaries(st.sampled_from("abc"), _VALUES, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | _VALUES, max_size=3),
    max_leaves=8,
)


def test_tables_are_merged_and_lists_replaced() -> None:
    """At any depth; null and other kinds take the place of what was there, what is new is added."""
    base = {
        "services": {"qa": {"url": "http://a", "features": ["x", "y"]}},
        "event_log_size": 9,
        "auth": {"api_key": "k"},
    }
    over = {"services": {"qa": {"url": "http://b", "features": ["z"]}, "new": {"url": "c"}}, "auth": None}
    assert lay_over(base, over) == {
        "services": {"qa": {"url": "http://b", "features": ["z"]}, "new": {"url": "c"}},
        "event_log_size": 9,
        "auth": None,
    }
    assert base["services"] == {"qa": {"url": "http://a", "features": ["x", "y"]}}


@given(_TABLES, _TABLES)
def test_what_stands_in_the_overlay_counts(base: dict[str, object], over: dict[str, object]) -> None:
    """Every value that the overlay spells out is in the result; laying it over twice changes nothing more; an empty
    overlay changes nothing at all."""
    merged = lay_over(base, over)
    assert isinstance(merged, dict)
    assert set(merged) == set(base) | set(over)
    assert all(merged[key] == value for key, value in over.items() if not isinstance(value, dict))
    assert lay_over(merged, over) == merged
    assert lay_over(base, None) == lay_over(base, {}) == base


@pytest.mark.parametrize("overlay", [[], "text", 7, False])
def test_an_overlay_is_a_table(overlay: object) -> None:
    """Anything else is refused in words."""
    with pytest.raises(UnreadableError, match="no table"):
        lay_over({"services": {}}, overlay)


def test_names(tmp_path: Path) -> None:
    """The overlay lies beside the file, and no name leads elsewhere."""
    file = str(tmp_path / ".aegis.yaml")
    assert name_overlay(file, "staging") == tmp_path / ".aegis.staging.yaml"
    assert name_overlay(str(tmp_path / "qa.yml"), "eu.west-1") == tmp_path / "qa.eu.west-1.yml"
    for env in ("", "..", "../x", "a/b", "a\0b", "a b", ".", "\n"):
        with pytest.raises(UnreadableError, match="is no name of an environment"):
            name_overlay(file, env)
    with pytest.raises(UnreadableError, match="standard input"):
        name_overlay("-", "staging")


def test_which_there_are(tmp_path: Path) -> None:
    """Those of this file, in order."""
    for name in (
        ".aegis.yaml",
        ".aegis.staging.yaml",
        ".aegis.prod.yaml",
        ".aegis..yaml",
        "aegis.x.yaml",
        ".aegis.a b.yaml",
    ):
        (tmp_path / name).touch()
    assert list_overlays(str(tmp_path / ".aegis.yaml")) == ["prod", "staging"]
    assert list_overlays(str(tmp_path / "other.yaml")) == []
    assert list_overlays(str(tmp_path / "gone" / ".aegis.yaml")) == []
    assert list_overlays("-") == []
