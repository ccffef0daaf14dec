"""Two runs beside each other: what is shown of their differences."""

from aegis_web.page.compare import Side, list_topics
from aegis_web.page.words import Difference


def test_differences_by_topic() -> None:
    """Each topic once, in the order of `aegisctl diff`; results as words with their mark, times with
    what they differ by."""
    topics = list_topics(
        [
            Difference("params", "what", "a", ""),
            Difference("env", "TOKEN", None, ""),
            Difference("result", "tests", "success", "failure"),
            Difference("result", "lint", "executing", None),
            Difference("duration", "tests", 9.0, 11.5),
            Difference("duration", "lint", 9.0, 8.0),
            Difference("artifacts", "a.xml", "ab" * 32, None),
        ]
    )
    assert [topic.title for topic in topics] == [
        "Parameters",
        "Variables (names)",
        "Results",
        "Durations",
        "Artifacts (SHA-256)",
    ]
    params, env, results, durations, artifacts = topics
    assert (params.rows[0].left, params.rows[0].right) == (Side(words="a"), Side(words="(empty)"))
    assert (env.rows[0].left.words, env.rows[0].right.words) == ("–", "is set")
    assert results.rows[0].right == Side(words="failed", kind="failure")
    assert results.rows[1].left == Side(words="running", kind="executing")
    assert [row.note for row in durations.rows] == ["+2.5 s", "\u22121.0 s"]
    assert artifacts.rows[0].left.words == "abababababab"


def test_many_and_long_differences_are_cut() -> None:
    """Two hundred rows, the others are counted; a long value is its beginning."""
    (topic,) = list_topics([Difference("params", f"p{n}", "x" * 1000, None) for n in range(250)])
    assert (len(topic.rows), topic.left_out) == (200, 50)
    assert len(topic.rows[0].left.words) == 401
