"""What went wrong on the way to a receiver: a short kind for programs and a sentence for people, without the address.

Connection refused, no way to the host, no answer to the call, closed half-way: each calls for another remedy, so each
has a kind of its own.
"""

import errno
import logging
import ssl
from collections.abc import Iterator

import httpcore

from aegisd.network.checked import DeniedError, LookupFailedError
from aegisd.sinks.fate import Answer

CONNECT_S = 5.0

_log = logging.getLogger("aegisd.webhooks")
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}


def explain_error(error: Exception, host: str) -> Answer:
    """An `Answer` with the kind of `error`. What nobody expected is logged."""
    for cause in _causes(error):
        known = _explain_system(cause, host) or _explain_tls(cause, host)
        if known is not None:
            return known
    known = _explain_http(error, host)
    if known is not None:
        return known
    _log.error("a defect in sending to %s", host, exc_info=error)
    return Answer(error="defect", text=f"aegisd could not send it: {type(error).__name__}")


def _explain_http(error: Exception, host: str) -> Answer | None:
    if isinstance(error, httpcore.TimeoutException):
        return Answer(error="connect-timeout", text=f"{host} did not take the connection within {CONNECT_S:g} s")
    if isinstance(error, httpcore.ProxyError):
        return Answer(error="proxy", text=f"the proxy does not connect to {host}: {error}")
    if isinstance(error, httpcore.ReadError | httpcore.WriteError) or "disconnected" in str(error):
        return Answer(error="closed", text=f"{host} closed the connection without an answer")
    if isinstance(error, httpcore.RemoteProtocolError):
        return Answer(error="protocol", text=f"what {host} answered is not HTTP: {error}")
    if isinstance(error, httpcore.NetworkError):
        return Answer(error="network", text=f"{host}: {error}")
    return None


def _explain_system(cause: BaseException, host: str) -> Answer | None:
    if isinstance(cause, DeniedError):
        return Answer(error="blocked", text=str(cause))
    if isinstance(cause, LookupFailedError):
        return Answer(error="dns", text=str(cause))
    if isinstance(cause, ConnectionRefusedError):
        return Answer(error="refused", text=f"{host} refused the connection")
    if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
        return Answer(error="unreachable", text=f"{host}: {cause.strerror}")
    return None


def _explain_tls(cause: BaseException, host: str) -> Answer | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Answer(error="tls", text=f"certificate of {host}: {cause.verify_message}")
    if isinstance(cause, ssl.SSLError):
        return Answer(error="tls", text=f"{host}: {cause.reason or cause}")
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and what led to it, the members of groups too."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__context__, each.__cause__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
