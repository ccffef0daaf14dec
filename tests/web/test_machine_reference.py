"""docs/reference/machine-doors.md, the example alerts and the dashboard against the code: metrics, attributes."""

import json
import re

from aegisd.core import meters
from tests.documents import REFERENCE
from tests.source import ROOT

PAGE = (REFERENCE / "machine-doors.md").read_text()
METRICS = (ROOT / "web" / "aegis_web" / "metrics.py").read_text()
SUFFIXES = {"counter": "_total", "info": "_info"}


def _list_metrics() -> set[str]:
    calls = re.findall(r'page\.add_(\w+)\(\s*"(aegis_\w+)"', METRICS)
    return {f"{name}{SUFFIXES.get(kind, '')}" for kind, name in calls}


def test_metrics() -> None:
    """Each metric has a row, and each row is a metric; alerts ask for those only."""
    rows = set(re.findall(r"^\| `(aegis_\w+)` \|", PAGE, re.MULTILINE))
    assert rows == _list_metrics()
    assert len(rows) > 10
    examples = [ROOT / "docs" / "examples" / name for name in ("prometheus-alerts.yml", "grafana-dashboard.json")]
    asked = {name for path in examples for name in re.findall(r"\baegis_\w+", path.read_text())}
    assert {re.sub(r"_(count|bucket|sum)$", "", name) for name in asked} <= rows
    assert len(json.loads(examples[1].read_text())["panels"]) > 5
    assert f"beyond {meters._MOST_WORKFLOWS} " in PAGE


def test_attributes() -> None:
    """Each attribute of a span is named."""
    text = (ROOT / "aegisd" / "core" / "trace_spans.py").read_text()
    names = set(re.findall(r'"((?:cicd|vcs|process|error|aegis)\.[\w.]+)"', text)) - {"aegis.reason"}
    assert len(names) > 10
    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []
