"""The text format: names, labels that are escaped, histograms that add up."""

from aegis_web.openmetrics import Exposition
from aegisd.core.meters import Histogram


def test_the_text() -> None:
    """Every kind, byte for byte."""
    histogram = Histogram(bounds=(0.5, 1))
    for value in (0.1, 0.5, 0.7, 9.0):
        histogram.add(value)
    page = Exposition()
    page.add_info("aegis_build", "Which.", {"version": "1.0"})
    page.add_gauge("aegis_queue_length", "Runs\nthat wait.", [({}, 2.0)])
    page.add_counter("aegis_events", "Events.", [({"type": 'a"b\\c\nd'}, 3)])
    page.add_histogram("aegis_run_duration_seconds", "How long.", [({"workflow": "ci"}, histogram)])
    assert page.text.splitlines() == [
        "# TYPE aegis_build info",
        "# HELP aegis_build Which.",
        'aegis_build_info{version="1.0"} 1',
        "# TYPE aegis_queue_length gauge",
        r"# HELP aegis_queue_length Runs\nthat wait.",
        "aegis_queue_length 2.0",
        "# TYPE aegis_events counter",
        "# HELP aegis_events Events.",
        r'aegis_events_total{type="a\"b\\c\nd"} 3',
        "# TYPE aegis_run_duration_seconds histogram",
        "# UNIT aegis_run_duration_seconds seconds",
        "# HELP aegis_run_duration_seconds How long.",
        'aegis_run_duration_seconds_bucket{workflow="ci",le="0.5"} 2',
        'aegis_run_duration_seconds_bucket{workflow="ci",le="1.0"} 3',
        'aegis_run_duration_seconds_bucket{workflow="ci",le="+Inf"} 4',
        'aegis_run_duration_seconds_count{workflow="ci"} 4',
        'aegis_run_duration_seconds_sum{workflow="ci"} 10.3',
        "# EOF",
    ]
