"""The example alerts of the how-to: of what is measured, with labels and values that there are."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families as parse_text
from ruamel.yaml import YAML

from interlock.service.api import metrics
from interlock.service.api.metric_table import METRICS
from support.flat import ROOT
from support.served_site import ServedSite

pytestmark = pytest.mark.slow

RULES = "[{id: cool, triggers: {change: living_thermostat.actualtemp}, actions: {launch: evening}}]"
OF_PROMETHEUS = {"up"}
DRIVERS = {"knx-raw", "fake"}


def alerts() -> Mapping[str, str]:
    """Return the expression of each alert on the page."""
    page = (ROOT / "docs" / "how-to" / "monitor.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```yaml\n(groups:.*?)```", page, re.DOTALL)
    [group] = YAML(typ="safe").load(block)["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


ALERTS = alerts()
SELECTORS = [
    (alert, *found)
    for alert, text in ALERTS.items()
    for found in re.findall(r"\b(interlock_\w+|up\b)(?:\{(.*?)\})?", text)
]
CONDITIONS = [
    (name, label, sign, value)
    for _, name, inside in SELECTORS
    for label, sign, value in re.findall(r'(\w+)(=~|!=|!~|=)"(.*?)"', inside)
]


@pytest.fixture
def measured(tmp_path: Path) -> Mapping[str, set[tuple[tuple[str, str], ...]]]:
    """Return which labels the samples of each name have, of a site at which nothing happened yet."""
    registry = CollectorRegistry(auto_describe=False)
    house = ServedSite(tmp_path, RULES, {"daily": 5000})
    registry.register(metrics.ServiceCollector(house.served, ()))
    found: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for family in parse_text(generate_latest(registry).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).add(tuple(sorted(sample.labels.items())))
    return found


def test_there_are_alerts() -> None:
    assert len(ALERTS) > 10
    assert all(any(alert == each for each, *_ in SELECTORS) for alert in ALERTS)


@pytest.mark.parametrize("name", sorted({name for _, name, _ in SELECTORS} - OF_PROMETHEUS))
def test_what_an_alert_is_about_is_measured(name: str) -> None:
    assert name.removesuffix("_bucket") in {metric.name for metric in METRICS}


@pytest.mark.parametrize(("name", "label", "sign", "value"), CONDITIONS)
def test_what_an_alert_selects_by_is_there(
    name: str,
    label: str,
    sign: str,
    value: str,
    measured: Mapping[str, set[tuple[tuple[str, str], ...]]],
) -> None:
    known = {dict(labels)[label] for labels in measured.get(name, ()) if label in dict(labels)}
    named = set(value.split("|")) if "~" in sign else {value}
    if name == "up":
        assert (label, value) == ("job", "interlock")
    elif label == "driver":
        assert named <= DRIVERS
    else:
        assert named <= known


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"(?:increase|rate)\((interlock_\w+)", str(ALERTS.values()))))
)
def test_what_must_rise_is_counted_from_0_on(
    name: str, measured: Mapping[str, set[tuple[tuple[str, str], ...]]]
) -> None:
    """A series that begins at 1 has not risen, as Prometheus sees it."""
    assert measured[name]


def test_a_rule_that_cools_down_alarms_nobody() -> None:
    assert not any("held back" in text or "skipped" in text for text in ALERTS.values())
