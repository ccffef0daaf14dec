"""Tokens in both forms of the store."""

from pathlib import Path

from aegisd.core.token import AccessToken, Scope, digest_secret
from aegisd.store import Store
from aegisd.store.sqlite import open_store


def _token(name: str, text: str = "x") -> AccessToken:
    return AccessToken(name=name, sha256=digest_secret(text), scopes=(Scope.RUN,), created_at="t", by="dev1")


async def test_kept_replaced_dropped(store: Store) -> None:
    """In order of name; one of the same name takes the place of the other; what is not there can be dropped."""
    await store.tokens.put(_token("b"))
    await store.tokens.put(_token("a"))
    await store.tokens.put(_token("b", "another"))
    assert await store.tokens.list() == [_token("a"), _token("b", "another")]
    await store.tokens.drop("a")
    await store.tokens.drop("nobody")
    assert [each.name for each in await store.tokens.list()] == ["b"]


async def test_after_a_restart(tmp_path: Path) -> None:
    """They are there again, as they were."""
    path = tmp_path / "store.sqlite"
    async with open_store(path, synchronous="normal", epoch="e") as store:
        await store.tokens.put(_token("ci"))
    async with open_store(path, synchronous="normal", epoch="e") as store:
        assert await store.tokens.list() == [_token("ci")]
