"""What goes out: a request as a value. Apart from `post`, whose library is imported only where there is a webhook."""

from attrs import frozen

from aegisd.sinks.signature import Headers


@frozen(kw_only=True)
class Request:
    """What is sent."""

    url: str
    headers: Headers
    body: bytes
