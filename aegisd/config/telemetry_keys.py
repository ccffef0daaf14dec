"""The keys of `[telemetry]`: declarations only. `telemetry.py` checks them."""

from collections.abc import Mapping

from attrs import frozen

from aegisd.core.schema import Kind, key


@frozen(kw_only=True)
class TelemetryConfig:
    """The keys of `[telemetry]`."""

    otlp: str | None = key(
        Kind.TEXT,
        "The OTLP/HTTP endpoint that spans of runs and metrics are sent to, as JSON: `/v1/traces` and `/v1/metrics` "
        "are added to it. Runs never wait for it; what it does not take is sent again, also after a restart.",
        example='"http://127.0.0.1:4318"',
        default=None,
        default_text="nothing is sent",
    )
    headers: Mapping[str, str] = key(
        Kind.HEADERS,
        "Sent with each request.",
        example='{ Authorization = "Bearer ${OTLP_TOKEN}" }',
        factory=dict,
        secret=True,
        default_text="none",
    )
    ca_file: str | None = key(
        Kind.PATH,
        "Certificates (PEM) that the endpoint's is checked against, in place of those of the host.",
        example='"/etc/aegis/ca.pem"',
        default=None,
        default_text="those of the host",
    )
    interval: float = key(
        Kind.DURATION,
        "The time between two exports of metrics.",
        example='"60s"',
        default=60.0,
        minimum=0.1,
        maximum=3600,
        default_text='"60s"',
    )
