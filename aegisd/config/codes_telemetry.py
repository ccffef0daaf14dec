"""The codes of `[telemetry]`."""

from aegisd.config.code import Code

TELEMETRY = (
    Code(
        code="AEG335",
        title="URL of a collector",
        text="`otlp` is the URL of an OTLP/HTTP endpoint: `http` or `https`, a host, perhaps a port and a path, and "
        "nothing else. The paths of OTLP (`/v1/traces`, `/v1/metrics`) are added by aegisd; keys are for `headers`, "
        "which are never shown.",
        bad='[telemetry]\notlp = "127.0.0.1:4318"\n',
        good='[telemetry]\notlp = "http://127.0.0.1:4318"\n',
    ),
)
