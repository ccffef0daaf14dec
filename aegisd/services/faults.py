"""What went wrong in a call, told apart: a timeout is not a refused connection, and neither is a bad certificate."""

import ssl
from collections.abc import Iterator

import httpx

from aegisd.network.checked import DeniedError, LookupFailedError
from aegisd.steps.calling import ServiceFault

_MOST = 300
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout)


def explain_fault(who: str, error: BaseException) -> ServiceFault:
    """The fault behind `error`, which httpx, the TLS library or the kernel raised; its message begins with `who`."""
    kind, words = next(filter(None, map(_explain_cause, _causes(error))), None) or _explain_rest(error)
    sent = kind in {"body", "connection"} and not isinstance(error, _NOT_SENT)
    return ServiceFault(kind, f"{who}: {words}", sent=sent)


def _explain_cause(cause: BaseException) -> tuple[str, str] | None:
    """The kind and the words of what is known at its root."""
    match cause:
        case DeniedError():
            return "denied", _say(cause)
        case LookupFailedError():
            return "dns", _say(cause)
        case ssl.SSLCertVerificationError():
            return "tls", f"bad certificate: {cause.verify_message}"
        case ssl.SSLError():
            return "tls", f"no TLS connection: {cause.reason or _say(cause)}"
        case ConnectionRefusedError():
            return "refused", "the connection was refused"
    return None


def _explain_rest(error: BaseException) -> tuple[str, str]:
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "connection", f"cannot connect: {_say(error)}"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return "denied", _say(error)
        case httpx.RemoteProtocolError():
            return "connection", f"the connection broke, or it does not speak HTTP: {_say(error)}"
    return "connection", f"the connection broke: {_say(error)}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what led to it, groups taken apart; each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        waiting += [other for other in (each.__cause__, each.__context__) if other is not None]


def _say(error: BaseException) -> str:
    """The words of `error`, or its kind when it has none."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:_MOST]
    return " ".join(str(error).split())[:_MOST] or type(error).__name__
