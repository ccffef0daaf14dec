"""Tokens of attempts: whose they are, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from aegisd.engine.tokens import AttemptIdentity, AttemptTokens

UNIT = AttemptIdentity(run=7, workflow="ci", step="unit", index=1, attempt=2)


def test_a_token_is_its_attempt() -> None:
    """A token resolves to the attempt it was issued for, and two attempts have different ones."""
    tokens = AttemptTokens()
    other = AttemptIdentity(run=7, workflow="ci", step="lint", index=0, attempt=1)
    first, second = tokens.issue(UNIT), tokens.issue(other)
    assert tokens.resolve(first) == UNIT
    assert tokens.resolve(second) == other
    assert tokens.resolve(first.partition(".")[0] + "." + second.partition(".")[2]) is None


def test_a_revoked_token_is_nobodys() -> None:
    """Once its attempt has ended, a token is worth nothing; to revoke it twice does no harm."""
    tokens = AttemptTokens()
    token = tokens.issue(UNIT)
    tokens.revoke(token)
    tokens.revoke(token)
    assert tokens.resolve(token) is None


@given(st.text())
def test_what_is_no_token_is_refused(text: str) -> None:
    """Whatever a client sends instead of a token resolves to nobody."""
    tokens = AttemptTokens()
    token = tokens.issue(UNIT)
    assert tokens.resolve(text) is None
    assert tokens.resolve(f"1.{text}") is None
    assert tokens.resolve(f"{token}{text}") == (UNIT if text == "" else None)


def test_a_token_of_an_earlier_life() -> None:
    """What describes a token makes it valid in the next aegisd, for the attempt that is named there; it cannot be used
    as one itself, and does not meet the tokens that are issued there."""
    earlier, tokens = AttemptTokens(), AttemptTokens()
    token = earlier.issue(UNIT)
    memo = earlier.describe(token)
    assert token.partition(".")[2] not in memo
    issued = tokens.issue(AttemptIdentity(run=8, workflow="ci", step="unit", index=1, attempt=1))
    handle = tokens.readmit(memo, UNIT)
    assert tokens.resolve(token) == UNIT
    assert tokens.resolve(issued) != UNIT
    assert tokens.resolve(memo) is tokens.resolve(memo.replace(" ", ".")) is None
    tokens.revoke(handle)
    assert tokens.resolve(token) is None


@given(st.text())
def test_a_memo_that_is_none(memo: str) -> None:
    """A memo that describes no token makes none valid."""
    tokens = AttemptTokens()
    tokens.readmit(memo, UNIT)
    assert tokens.resolve(memo) is None
    assert tokens.resolve(f"{memo.partition(' ')[0]}.") is None


def test_nothing_shows_a_token() -> None:
    """Neither the object nor what it holds can be printed into a log with a token in it."""
    tokens = AttemptTokens()
    secret = tokens.issue(UNIT).partition(".")[2]
    assert secret not in f"{vars(tokens)!r}{tokens!r}"
