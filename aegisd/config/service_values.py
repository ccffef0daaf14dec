"""The keys of `[services.NAME]`: an HTTP service that steps call, and whose health is shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from aegisd.core.schema import Complaint, Kind, key


@frozen(kw_only=True)
class ServiceConfig:
    """The keys of a service. `url` has no slash at its end."""

    url: str = key(
        Kind.TEXT,
        "Where the service is: `http` or `https`, a host, perhaps a port and a path that all paths of steps are added "
        "to. Redirects are not followed.",
        example='"http://127.0.0.1:8001"',
    )
    health: str = key(
        Kind.TEXT,
        "What is asked for (GET) to find out whether the service is up; an answer of 200 to 299 says so.",
        example='"/health"',
        default="/health",
    )
    interval: float = key(
        Kind.DURATION,
        "The time between two health checks.",
        example='"30s"',
        default=30.0,
        minimum=0.1,
        default_text='"30s"',
    )
    timeout: float = key(
        Kind.DURATION,
        "How long a health check may take.",
        example='"5s"',
        default=5.0,
        minimum=0.01,
        maximum=300,
        default_text='"5s"',
    )
    jitter: float = key(
        Kind.NUMBER,
        "By how much of itself `interval` is spread to both sides, so that services are not all asked at once.",
        example="0.1",
        default=0.1,
        minimum=0,
        maximum=0.5,
    )
    api_key: str | None = key(
        Kind.TEXT,
        "Sent as `X-API-Key` with each request.",
        example='"${QAAGENT_API_KEY}"',
        default=None,
        secret=True,
        default_text="none",
    )
    headers: Mapping[str, str] = key(
        Kind.HEADERS,
        "Sent with each request.",
        example='{ Authorization = "Bearer ${TOKEN}" }',
        factory=dict,
        secret=True,
        default_text="none",
    )
    ca_file: str | None = key(
        Kind.PATH,
        "Certificates (PEM) that the service's is checked against, in place of those of the host.",
        example='"/etc/aegis/ca.pem"',
        default=None,
        default_text="those of the host",
    )
    description: str = key(
        Kind.TEXT, "What the service is for, in one line.", example='"Finds and tests the routes"', default=""
    )
    features: tuple[str, ...] = key(
        Kind.TEXTS, "What it can do, for readers.", example='["discovery", "tests"]', default=()
    )
    repo_url: str = key(Kind.TEXT, "Where its source is.", example='"https://git.example.org/qaagent"', default="")
    docs_url: str = key(Kind.TEXT, "Where it is documented.", example='"https://docs.example.org/qaagent"', default="")

    @classmethod
    def list_complaints(cls, values: Mapping[str, Any]) -> Iterable[Complaint]:
        """A key in a header and again in `api_key`; a timeout above the interval."""
        headers = [name for name in values.get("headers", ()) if name.lower() == "x-api-key"]
        if headers and values.get("api_key"):
            yield Complaint(message="`headers` and `api_key` both set X-API-Key", key="api_key", help="take one out")
        if not str(values.get("health", "/")).startswith("/"):
            yield Complaint(message="`health` is not a path", key="health", help='begin it with a slash: "/health"')
