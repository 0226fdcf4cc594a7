"""A site that is polled more rarely than it says."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from interlock.config.site import Site
from interlock.runtime.connections.poll_plan import plan_polls
from interlock.service.loading import load
from interlock.simulation.pace import polled_each, polls_of

MINUTE = timedelta(minutes=1)
SITE = """
site: {name: Flat, timezone: UTC}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 10s, stale_after: 25s}
  slow: {driver: thinknx-local, host: 192.168.1.21, poll: 5m, stale_after: 8m}
  plain: {driver: thinknx-local, host: 192.168.1.22, poll: 10s}
  bus: {driver: knx-raw, gateway: 192.168.1.10}
devices:
  quick: {connection: slow, type: light, guid: 1IzPszHWAUuvzxtXBMkzWQ, poll: 5s}
  rare: {connection: house, type: light, guid: 2KzQtaJXBVvwyuYCNlaXR, poll: 2m}
  usual: {connection: house, type: light, guid: 3LaRubKYCWwxzvZDOmbYS}
  other: {connection: plain, type: light, guid: 4MbSvcLZDXxyawAEPncZT}
  late: {connection: slow, type: light, guid: 5NcTwdMAEYyzbxBFQodAU}
  lamp: {connection: bus, type: group, address: 1/0/1, dpt: "1.001"}
watch: [quick.power, rare.power, usual.power, other.power, late.power, lamp.value]
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    return load(tmp_path, environ={}).site


def plan(site: Site) -> dict[str, tuple[timedelta, timedelta]]:
    """Return how often points are polled, and how old their readings may grow."""
    return {
        target.device.name: (job.interval, job.stale_after)
        for job in plan_polls(site, site.watch)
        for target in job.targets
    }


def test_nothing_is_polled_more_often(site: Site) -> None:
    assert plan(polled_each(site, MINUTE)) == {
        "quick": (MINUTE, 8 * MINUTE),
        "rare": (2 * MINUTE, 3 * MINUTE),
        "usual": (MINUTE, 3 * MINUTE),
        "other": (MINUTE, 3 * MINUTE),
        "late": (5 * MINUTE, 8 * MINUTE),
    }


def test_what_is_rare_enough_stays_as_it_is(site: Site) -> None:
    assert plan(polled_each(site, timedelta(seconds=5))) == plan(site)


def test_polls_are_counted_before_they_are_made(tmp_path: Path, site: Site) -> None:
    loaded = load(tmp_path, environ={})
    hour = timedelta(hours=1)
    every = {job.interval for job in plan_polls(site, site.watch)}
    assert every == {timedelta(seconds=5), timedelta(seconds=10), 2 * MINUTE, 5 * MINUTE}
    # Two connections are polled every ten seconds.
    assert polls_of(loaded, hour) == 720 + 2 * 360 + 30 + 12


def test_what_is_told_of_changes_is_not_polled(site: Site) -> None:
    assert "lamp" not in plan(polled_each(site, MINUTE))
    connections = {
        name: replace(each, pushes=True) if name == "house" else each
        for name, each in site.connections.items()
    }
    told = replace(site, connections=MappingProxyType(connections))
    assert plan(polled_each(told, MINUTE))["usual"] == (MINUTE, 3 * MINUTE)
