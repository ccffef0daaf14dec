"""The most likely meant one of some words. `difflib` is imported for those who mistype."""

from collections.abc import Iterable


def find_close(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The one of `words` that is most like `word`; None when none reaches `cutoff` (0 to 1, as difflib measures it)."""
    from difflib import get_close_matches  # noqa: PLC0415 - see above

    return next(iter(get_close_matches(word, list(words), n=1, cutoff=cutoff)), None)
