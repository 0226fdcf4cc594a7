"""What is measured, over real HTTP and of an engine at work."""

import platform
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from pydantic import SecretStr

import interlock
from interlock.config.journal_place import Database
from interlock.config.service_section import ServiceSettings
from interlock.errors import AuthenticationFailed, Unreachable
from interlock.history.journal import JournalHealth
from interlock.history.records import Reload
from interlock.runtime.timetable import ClockSet
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.api import health, metrics
from interlock.service.api.metric_table import METRICS, POINT_VALUE, Metric, MetricKind
from interlock.service.api.served import Served
from interlock.service.onlookers.onlookers import Onlookers
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, START, TEMPERATURE, House, live
from support.journal_entries import START as JOURNAL_START
from support.journal_entries import HandClock, firing, near_miss, reading
from support.kept_house import KeptHouse, kept
from support.measured_journal import MeasuredJournal
from support.served_site import ServedSite

pytestmark = pytest.mark.slow

RULES = """
- {id: cool, triggers: {change: living_thermostat.actualtemp}, condition: lamp.power,
   actions: {launch: evening}}
- {id: shadow, enabled: shadow, triggers: {every: 1h}, actions: {press: doorbell}}
- {id: off, enabled: false, triggers: {every: 1h}, actions: {press: doorbell}}
"""


def samples(text: str) -> dict[str, float]:
    """Return each sample of a text by its name and labels."""
    return {
        sample.name + "".join(f"{{{name}={value}}}" for name, value in sorted(sample.labels.items())): (
            sample.value
        )
        for family in parse_text(text)
        for sample in family.samples
    }


class Measured:
    """An engine at work, with those who look on."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.journal = MeasuredJournal()
        self.houses: list[House] = []
        self.onlookers = Onlookers(self.journal, self.clock, lambda: self.houses[0].engine)
        self.path = folder / "interlock.sqlite"

    def look(self, points: tuple[tuple[str, float], ...] = ()) -> dict[str, float]:
        served = Served(
            engine=self.houses[0].engine,
            desk=None,  # type: ignore[arg-type]
            clock=self.clock,
            journal=self.path,
            onlookers=self.onlookers,
            condition=Condition(place=self.path, journal=lambda: self.journal.health, api=ApiDoor()),
        )
        registry = CollectorRegistry(auto_describe=False)
        registry.register(metrics.ServiceCollector(served, points))
        return samples(generate_latest(registry).decode())


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    return Measured(tmp_path)


def among(found: Mapping[str, float], name: str) -> dict[str, float]:
    """Return the samples of one metric by what stands in their labels."""
    return {key.removeprefix(name): value for key, value in found.items() if re.split("{", key)[0] == name}


def test_a_site_at_work_is_measured(measured: Measured) -> None:
    found: dict[str, float] = {}

    async def test(house: House) -> None:
        measured.houses.append(house)
        measured.onlookers.begin()
        await house.at(1)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(12)
        house.equipment.values |= {LAMP: True, TEMPERATURE: 28.0}
        await house.at(23)
        found.update(measured.look())

    live(
        RULES,
        test,
        values={TEMPERATURE: 24.0, LAMP: False},
        journal=measured.onlookers.journal,  # type: ignore[arg-type]
    )
    assert among(found, "interlock_info") == {
        f"{{python={platform.python_version()}}}{{site=Test}}{{version={interlock.__version__}}}": 1
    }
    assert among(found, "interlock_connection_up") == {"{connection=house}{driver=fake}": 1}
    assert among(found, "interlock_polls_total") == {
        "{connection=house}{outcome=complete}": 3,
        "{connection=house}{outcome=partial}": 0,
        "{connection=house}{outcome=failed}": 0,
    }
    assert found["interlock_connection_last_success_timestamp_seconds{connection=house}"] == pytest.approx(
        (START + timedelta(seconds=20)).timestamp(), abs=1
    )
    assert among(found, "interlock_rules") == {"{state=acting}": 1, "{state=shadow}": 1, "{state=off}": 1}
    assert among(found, "interlock_rule_firings_total") == {
        "{rule=cool}": 1,
        "{rule=shadow}": 0,
        "{rule=off}": 0,
    }
    assert among(found, "interlock_rule_near_misses_total") == {
        "{rule=cool}{verdict=condition false}": 1,
        "{rule=cool}{verdict=evaluation failed}": 0,
        "{rule=off}{verdict=evaluation failed}": 0,
        "{rule=shadow}{verdict=evaluation failed}": 0,
    }
    assert set(among(found, "interlock_rule_stopped").values()) == {0}
    commands = among(found, "interlock_commands_total")
    assert commands.pop("{connection=house}{outcome=accepted}") == 1
    assert set(commands.values()) == {0}
    assert len(commands) == 6
    assert among(found, "interlock_points") == {
        "{state=known}": 2,
        "{state=stale}": 0,
        "{state=fault}": 0,
        "{state=unread}": 0,
    }
    assert found["interlock_control_queue_items"] == found["interlock_firings_running"] == 0
    assert found["interlock_control_loop_lag_seconds_count"] == 4
    assert found["interlock_dry_run"] == 0


def test_what_goes_wrong_is_measured(measured: Measured) -> None:
    found: dict[str, float] = {}

    async def test(house: House) -> None:
        measured.houses.append(house)
        await house.at(5)
        house.equipment.errors = {LAMP: Unreachable("gone"), TEMPERATURE: Unreachable("gone")}
        await house.at(45)
        found.update(measured.look())
        house.equipment.errors = dict.fromkeys((LAMP, TEMPERATURE), AuthenticationFailed("no"))
        await house.at(400)
        found["stopped"] = measured.look()["interlock_connection_stopped{connection=house}"]

    live(
        RULES,
        test,
        values={TEMPERATURE: 24.0, LAMP: False},
        journal=measured.onlookers.journal,  # type: ignore[arg-type]
    )
    assert found["interlock_connection_up{connection=house}{driver=fake}"] == 0
    assert found["interlock_polls_total{connection=house}{outcome=failed}"] >= 1
    assert (found["interlock_points{state=stale}"], found["interlock_points{state=known}"]) == (2, 0)
    assert (found["interlock_connection_stopped{connection=house}"], found["stopped"]) == (0, 1)


@pytest.fixture
def site(tmp_path: Path) -> ServedSite:
    return ServedSite(tmp_path, RULES, {"daily": 5000})


def now(site: ServedSite, points: tuple[tuple[str, float], ...] = ()) -> dict[str, float]:
    """Return what is measured of a site whose engine does nothing of itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics.ServiceCollector(site.served, points))
    return samples(generate_latest(registry).decode())


def test_before_anything_was_heard_there_is_nothing_to_tell(site: ServedSite) -> None:
    found = now(site)
    for name in ("connection_up", "connection_last_success_timestamp_seconds", "clock_last_jump_seconds"):
        assert among(found, f"interlock_{name}") == {}
    assert among(found, "interlock_journal_size_bytes") == {"": 0}
    assert found["interlock_config_last_reload_success_timestamp_seconds"] == JOURNAL_START.timestamp()


def test_connections_are_measured(site: ServedSite) -> None:
    link = site.engine.links["house"]
    for takes_s in (1, 12):
        poll = link.punctuality.begin(timedelta(seconds=10), 3)
        site.clock.advance(seconds=takes_s)
        link.punctuality.end(poll, is_answered=True)
    link._writing = 3
    found = now(site)
    assert {key: value for key, value in found.items() if key.startswith("interlock_poll_")} == {
        "interlock_poll_duration_seconds_count{connection=house}": 2,
        "interlock_poll_duration_seconds_sum{connection=house}": 13,
        "interlock_poll_overruns_total{connection=house}": 1,
    }
    assert found["interlock_connection_pending_writes{connection=house}"] == 3
    assert found["interlock_connection_requests_total{connection=house}"] == 0
    assert found["interlock_connection_requests_today{connection=house}"] == 0
    assert found["interlock_connection_daily_budget{connection=house}"] == 5000


def test_a_connection_without_a_budget_has_no_sample_of_it(tmp_path: Path) -> None:
    found = now(ServedSite(tmp_path))
    assert among(found, "interlock_connection_daily_budget") == {}
    assert among(found, "interlock_connection_requests_today") == {}


def test_the_journal_is_measured(site: ServedSite, tmp_path: Path) -> None:
    (tmp_path / "interlock.sqlite").write_bytes(b"x" * 100)
    (tmp_path / "interlock.sqlite-wal").write_bytes(b"x" * 20)
    site.journal.health = JournalHealth(is_written=False, waiting=7, lost=3, written_at=JOURNAL_START)
    found = now(site)
    assert {key: value for key, value in found.items() if key.startswith("interlock_journal_")} == {
        "interlock_journal_up": 0,
        "interlock_journal_queue_entries": 7,
        "interlock_journal_lost_entries_total": 3,
        "interlock_journal_last_write_timestamp_seconds": JOURNAL_START.timestamp(),
        "interlock_journal_size_bytes": 120,
    }


def test_a_journal_on_a_server_has_no_size_here(site: ServedSite, tmp_path: Path) -> None:
    site.served = replace(
        site.served, journal=Database(SecretStr("postgresql://interlock@db/house"), tmp_path)
    )
    assert among(now(site), "interlock_journal_size_bytes") == {}


def test_edits_are_measured(site: ServedSite) -> None:
    counts = site.onlookers.counts
    later = JOURNAL_START + timedelta(hours=1)
    counts.take(Reload(later, ()))
    site.served.condition.refuse_edit(later, 1, "site.yaml:3: no")
    found = now(site)
    assert {key: value for key, value in found.items() if key.startswith("interlock_config_")} == {
        "interlock_config_last_reload_successful": 0,
        "interlock_config_last_reload_success_timestamp_seconds": later.timestamp(),
        "interlock_config_reloads_total": 1,
    }


def test_the_lag_of_the_control_loop_is_measured(site: ServedSite) -> None:
    for pause_s in (0, 5, 5.03, 45):
        site.clock.advance(seconds=pause_s)
        site.onlookers.lags.beat()
    assert among(now(site), "interlock_control_loop_lag_seconds_bucket") == {
        "{le=0.01}": 1,
        "{le=0.05}": 2,
        "{le=0.1}": 2,
        "{le=0.5}": 2,
        "{le=1.0}": 2,
        "{le=5.0}": 2,
        "{le=30.0}": 2,
        "{le=+Inf}": 3,
    }


def test_a_clock_that_was_set_is_measured(site: ServedSite) -> None:
    site.engine._control.timetable.clock_set = ClockSet(timedelta(hours=-1), JOURNAL_START)
    found = now(site)
    assert found["interlock_clock_last_jump_seconds"] == -3600
    assert found["interlock_clock_last_jump_timestamp_seconds"] == JOURNAL_START.timestamp()


def test_claims_and_interlocks_are_measured(measured: Measured) -> None:
    found: dict[str, float] = {}

    async def test(house: KeptHouse) -> None:
        measured.houses.append(house.house)
        await house.at(15)
        await house.set(LAMP, True, priority=8, holds=True)
        found.update(measured.look())

    kept(
        test,
        rules="- {id: lit, keep: {lamp.power: on}}",
        interlocks="- {id: dark, never: lamp.power and living_ac.hvacpower}",
        values={LAMP: True, AC_POWER: True},
    )
    claims = among(found, "interlock_claims")
    assert {priority: count for priority, count in claims.items() if count} == {
        "{priority=8}": 1,
        "{priority=16}": 1,
    }
    assert len(claims) == 16
    assert among(found, "interlock_interlock_broken") == {"{interlock=dark}": 1}


def test_requests_from_outside_and_streams_are_measured(site: ServedSite) -> None:
    site.onlookers.hooks.take("door", {}, b"")
    site.onlookers.hooks.take("window", {}, b"")
    with site.onlookers.feed.listen(after=-1), site.onlookers.feed.listen():
        found = now(site)
    assert (found["interlock_event_streams"], found["interlock_events_lost_total"]) == (2, 0)
    requests = among(found, "interlock_webhook_requests_total")
    assert {labels: count for labels, count in requests.items() if count} == {
        "{outcome=strange}{webhook=door}": 1,
        "{outcome=strange}{webhook=}": 1,
    }
    assert len(requests) == 8


def test_a_rule_that_ran_away_is_stopped_and_one_that_cools_down_is_not(measured: Measured) -> None:
    found: list[dict[str, float]] = []
    rules = """
- {id: ping, triggers: {change: living_ac.hvacmode, to: cooling},
   actions: {set: {living_ac.hvacmode: heating}}}
- {id: pong, triggers: {change: living_ac.hvacmode, to: heating},
   actions: {set: {living_ac.hvacmode: cooling}}}
- {id: once, triggers: {every: 1s}, cooldown: 1h, actions: {press: doorbell}}
"""

    async def test(house: House) -> None:
        measured.houses.append(house)
        await house.at(15)
        house.equipment.values[MODE] = "cooling"
        for seconds in (59, 1000):
            await house.at(seconds)
            found.append(among(measured.look(), "interlock_rule_stopped"))

    live(rules, test, values={MODE: "auto"})
    assert found == [
        {"{rule=ping}": 1, "{rule=pong}": 0, "{rule=once}": 0},
        {"{rule=ping}": 0, "{rule=pong}": 0, "{rule=once}": 0},
    ]


def test_rules_that_are_gone_are_not_told_of(site: ServedSite) -> None:
    site.onlookers.counts.take(firing(rule_id="gone"))
    site.onlookers.counts.take(near_miss())
    found = now(site)
    assert set(among(found, "interlock_rule_firings_total")) == {"{rule=cool}", "{rule=shadow}", "{rule=off}"}
    missed = among(found, "interlock_rule_near_misses_total")
    assert missed == {
        f"{{rule={rule}}}{{verdict=evaluation failed}}": 0 for rule in ("cool", "shadow", "off")
    }


async def test_prometheus_is_told_in_its_text_format(site: ServedSite) -> None:
    async with site.client(metrics.routes, health.routes) as client:
        answer = await client.get("/metrics", headers=site.headers())
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    families = {family.name: family for family in parse_text(answer.text)}
    assert {"process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds"} <= families.keys()
    for metric in METRICS:
        family = families[metric.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (metric.kind, metric.help)


async def test_who_prefers_openmetrics_gets_them(site: ServedSite) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0, text/plain; q=0.5"}
    async with site.client(metrics.routes, health.routes) as client:
        answer = await client.get("/metrics", headers=site.headers() | accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in parse_openmetrics(answer.text)}
    assert {metric.name.removesuffix("_total") for metric in METRICS} <= names


async def test_metrics_need_a_token_unless_the_site_shows_them(site: ServedSite) -> None:
    async with site.client(metrics.routes, health.routes) as client:
        assert (await client.get("/metrics")).status_code == 401
        site.engine.site = replace(site.engine.site, service=ServiceSettings(shows_metrics=True))
        assert (await client.get("/metrics")).status_code == 200
        wrong = {"Authorization": "Bearer wrong"}
        assert (await client.get("/metrics", headers=wrong)).status_code == 200
        assert (await client.get("/metrics?point=*")).status_code == 401
        assert (await client.get("/metrics?point=*", headers=site.headers())).status_code == 200


async def test_values_of_points_are_told_to_who_names_them(site: ServedSite) -> None:
    known = [reading(26.4), reading(True, point=LAMP), reading("auto", point=MODE), reading(3, point=LEVEL)]
    site.engine.state.apply(known, JOURNAL_START)
    async with site.client(metrics.routes, health.routes) as client:
        head = site.headers()
        some = await client.get("/metrics?point=living_*.*&point=lamp.power", headers=head)
        none = await client.get("/metrics", headers=head)
    assert among(samples(some.text), "interlock_point_value") == {
        "{point=living_thermostat.actualtemp}": 26.4,
        "{point=lamp.power}": 1,
    }
    assert among(samples(none.text), "interlock_point_value") == {}


async def test_too_many_points_are_refused(site: ServedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_MOST_POINTS", 1)
    site.engine.state.apply([reading(26.4), reading(True, point=LAMP)], JOURNAL_START)
    async with site.client(metrics.routes, health.routes) as client:
        head = site.headers()
        refused = await client.get("/metrics?point=*", headers=head)
        assert (await client.get("/metrics?point=lamp.*", headers=head)).status_code == 200
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "point: 2 points are too many: 1 are told at most",
    )


UNITS = ("seconds", "bytes")
NOT_BASE_UNITS = re.compile("millis|micros|_ms|_us|minutes|hours|kilo|mega|_kb|_mb|percent")


@pytest.mark.parametrize("metric", [*METRICS, POINT_VALUE], ids=lambda metric: metric.name)
def test_names_follow_the_conventions_of_prometheus(metric: Metric) -> None:
    # Source: prometheus.io, "Metric and label naming"; the rules of promtool check metrics.
    name = metric.name
    assert re.fullmatch(r"interlock_[a-z]+(_[a-z]+)*", name)
    assert name.endswith("_total") == (metric.kind is MetricKind.COUNTER)
    assert not name.endswith(("_count", "_sum", "_bucket"))
    assert metric.kind.value not in name
    assert not NOT_BASE_UNITS.search(name)
    assert not any(unit in name and not name.removesuffix("_total").endswith(unit) for unit in UNITS)
    assert re.fullmatch(r"[A-Z].*[^.]\.", metric.help)
    assert all(re.fullmatch("[a-z]+", label) for label in metric.labels)
    assert "point" not in metric.labels or metric is POINT_VALUE


@pytest.mark.parametrize("page", ["how-to/monitor.md", "how-to/webhooks.md", "reference/metrics.md"])
def test_the_pages_name_metrics_that_exist(page: str) -> None:
    text = (Path(__file__).parents[4] / "docs" / page).read_text(encoding="utf-8")
    known = {metric.name for metric in (*METRICS, POINT_VALUE)} | {
        "interlock_control_loop_lag_seconds_bucket"
    }
    named = set(re.findall(r"interlock_[a-z_]+\b", text))
    assert named <= known
    if page == "reference/metrics.md":
        assert named == known - {"interlock_control_loop_lag_seconds_bucket"}


def test_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
