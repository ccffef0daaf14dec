"""What the answer of a service means for a step: usable, a no, or a fault; and whether another attempt may help.

- An answer that says no (a status that was not asked for, such as 404) is a *failure*. The same request would get the
  same answer, so there are no retries.
- No usable answer (timeout, refused, DNS, TLS, a broken connection, 5xx, 408, 425, 429, a body that is not what it
  says) is an *error*: retries follow, with the same `Idempotency-Key`, so that what was done already is not done twice.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

import msgspec
from attrs import evolve

from aegisd.core.codec import encode_value
from aegisd.core.model import Outcome, Result
from aegisd.core.nesting import is_deeper
from aegisd.core.template import UnresolvedError
from aegisd.steps.base import Attempting
from aegisd.steps.calling import MOST_LIMIT, Answer, Request, ServiceFault

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
IDEMPOTENT = SAFE | {"PUT", "DELETE"}
"""RFC 9110 section 9.2.2: methods that may be sent again."""

MOST_DEEP = 48
"""Levels of JSON in an answer. With those around it in an event, a message to clients can still be read."""

_PASSING = frozenset({408, 425, 429})
_MOST_QUOTED = 200


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of aegisd
    """The service said no; the message says how."""


async def settle(attempting: Attempting, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """The outcome of `work`, which may raise Refusal, ServiceFault and UnresolvedError."""
    try:
        return await work()
    except Refusal as refusal:
        attempting.repeatable = False
        return Outcome(result=Result.FAILURE, error=str(refusal))
    except UnresolvedError as error:
        attempting.repeatable = False
        return Outcome(result=Result.FAILURE, error=str(error))
    except ServiceFault as fault:
        if not fault.sent:
            attempting.repeatable = fault.kind != "denied"
        return Outcome(result=Result.ERROR, error=fault.message, data={"fault": fault.kind})


async def call(
    attempting: Attempting, service: str | None, request: Request, *, ok: Collection[int] = (), with_key: bool = True
) -> Answer:
    """The answer of `service`, with one of the status codes `ok` (none: 200 to 299). A request that must not be sent
    twice gets an Idempotency-Key, or (`with_key` False) no second attempt. Raises Refusal and ServiceFault."""
    if request.method not in IDEMPOTENT:
        if with_key:
            headers = {**request.headers, "Idempotency-Key": attempting.idempotency_key}
            request = evolve(request, headers=headers)
        else:
            attempting.repeatable = False
    answer = await attempting.send(service, request)
    if answer.status in ok or (not ok and 200 <= answer.status < 300):
        return answer
    message = _describe(service or request.url or "", request, answer)
    if answer.status >= 500 or answer.status in _PASSING:
        kind = "status"
        raise ServiceFault(kind, message)
    raise Refusal(message)


def read_json(who: str, answer: Answer) -> Any:
    """The JSON of an answer. Raises ServiceFault (`body`) when it is none, or none that a result can hold."""
    try:
        value = msgspec.json.decode(answer.body)
        size = len(encode_value(value))
    except (ValueError, OverflowError, RecursionError, TypeError):
        raise bad_body(who, f"is not JSON: {quote(answer)}") from None
    if is_deeper(value, MOST_DEEP):
        raise bad_body(who, f"is JSON that is nested deeper than {MOST_DEEP} levels")
    if size > MOST_LIMIT:
        raise bad_body(who, f"is {size} bytes of JSON, and a result holds {MOST_LIMIT}")
    return value


def bad_body(who: str, why: str) -> ServiceFault:
    """The fault of an answer whose body cannot be used; `why` follows "the answer"."""
    return ServiceFault("body", f"{who}: the answer {why}")


def quote(answer: Answer) -> str:
    """The beginning of an answer's body on one line, for messages."""
    text = " ".join(answer.body[: 4 * _MOST_QUOTED].decode(errors="replace").split())
    text = "".join(char if char.isprintable() else "?" for char in text)
    if not text:
        return "it is empty"
    return f'"{text}"' if len(text) <= _MOST_QUOTED else f'"{text[:_MOST_QUOTED]}..."'


def _describe(who: str, request: Request, answer: Answer) -> str:
    asked = f"{request.method} {request.path}" if request.url is None else request.method
    told = f", to {answer.location}" if answer.location else f": {quote(answer)}" if answer.body else ""
    return f"{who}: {asked} was answered with status {answer.status}{told}"
