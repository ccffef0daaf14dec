"""The OpenMetrics text format (https://prometheus.io/docs/specs/om/open_metrics_spec/), written.

Of our own: it is these few lines, and the client library would bring a registry of its own beside what aegis counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from aegisd.core.meters import Histogram

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
Labels = Mapping[str, str]

_ESCAPED = {"\\": "\\\\", "\n": "\\n", '"': '\\"'}
_SPECIAL = re.compile(r'[\\\n"]')


class Exposition:
    """Collects metrics; `text` is all of them."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        """The whole of it."""
        return "\n".join([*self._lines, "# EOF", ""])

    def add_gauge(self, name: str, text: str, samples: Iterable[tuple[Labels, float]]) -> None:
        """What goes up and down."""
        self._begin(name, "gauge", text)
        self._lines += [_sample(name, labels, value) for labels, value in samples]

    def add_counter(self, name: str, text: str, samples: Iterable[tuple[Labels, float]]) -> None:
        """What only grows; `name` is without `_total`."""
        self._begin(name, "counter", text)
        self._lines += [_sample(f"{name}_total", labels, value) for labels, value in samples]

    def add_info(self, name: str, text: str, labels: Labels) -> None:
        """What only has labels; `name` is without `_info`."""
        self._begin(name, "info", text)
        self._lines.append(_sample(f"{name}_info", labels, 1))

    def add_histogram(self, name: str, text: str, series: Iterable[tuple[Labels, Histogram]]) -> None:
        """Durations; `name` ends in the unit, `_seconds`."""
        self._begin(name, "histogram", text, unit="seconds")
        for labels, each in series:
            self._lines += _list_buckets(name, labels, each)

    def _begin(self, name: str, kind: str, text: str, unit: str | None = None) -> None:
        self._lines.append(f"# TYPE {name} {kind}")
        self._lines += [f"# UNIT {name} {unit}"] if unit else []
        self._lines.append(f"# HELP {name} {_escape(text)}")


def _list_buckets(name: str, labels: Labels, histogram: Histogram) -> Sequence[str]:
    lines, count = [], 0
    for bound, more in zip([*(repr(float(each)) for each in histogram.bounds), "+Inf"], histogram.counts, strict=True):
        count += more
        lines.append(_sample(f"{name}_bucket", {**labels, "le": bound}, count))
    return [*lines, _sample(f"{name}_count", labels, count), _sample(f"{name}_sum", labels, histogram.total)]


def _sample(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{label}="{_escape(text)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)
