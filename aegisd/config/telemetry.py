"""`[telemetry]`: where spans and metrics are sent."""

from typing import Any

from attrs import evolve

from aegisd.config.reading import Reading
from aegisd.config.services import find_url_fault
from aegisd.config.slot import list_slots
from aegisd.config.table import Table, read_table
from aegisd.config.telemetry_keys import TelemetryConfig
from aegisd.config.values import Path


def read_telemetry(reading: Reading, value: Any, path: Path) -> TelemetryConfig:
    """`[telemetry]`; what is wrong is noted."""
    values = read_table(reading, Table(value=value, path=path, where="[telemetry]"), list_slots(TelemetryConfig))
    telemetry = TelemetryConfig(**values)
    if telemetry.otlp is None:
        return telemetry
    if fault := find_url_fault(telemetry.otlp):
        here = (*path, "otlp")
        message = f"`otlp` in [telemetry] {fault.replace('`api_key` or `headers`', '`headers`')}"
        reading.error("AEG335", message, reading.value(here), path=here, help='such as "http://127.0.0.1:4318"')
    return evolve(telemetry, otlp=telemetry.otlp.rstrip("/"))
