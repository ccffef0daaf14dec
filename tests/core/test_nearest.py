"""What somebody most likely meant."""

from aegisd.core.nearest import find_close


def test_close_and_far() -> None:
    """The closest word, none where all are far, and the bound is the caller's."""
    assert find_close("qualty", ["quantity", "quality"]) == "quality"
    assert find_close("qualty", {"quality": 1, "release": 2}) == "quality"
    assert find_close("zzz", ["quality"]) is None
    assert find_close("quality", []) is None
    assert find_close("qu", ["quality"], cutoff=0.3) == "quality"
    assert find_close("qu", ["quality"], cutoff=0.8) is None
