"""A site played in virtual time: what happens, when, and the same each time."""

import gc
import io
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.model import Outcome, Point
from interlock.rules.instants import later, read_instant
from interlock.service.loading import Loaded
from interlock.simulation.coupling import plan_of
from interlock.simulation.equipment import Equipment
from interlock.simulation.event_log import EventLog
from interlock.simulation.faults import read_faults
from interlock.simulation.faults.recurrence import Stretch
from interlock.simulation.results import Happening, Message, Results, ServiceEnd
from interlock.simulation.results.document import document_of
from interlock.simulation.simulate import Onlooker, Script, Simulation
from support.small_house import LAMP, SITE, TEMPERATURE, load_small_house

pytestmark = pytest.mark.slow

ROME = ZoneInfo("Europe/Rome")
CALM = SITE.replace("poll: 30s", "poll: 10m")
"""Polled seldom, so that days pass in no time."""
SCHEDULES = """
rules:
  - {id: at, triggers: [{at: "02:30"}], actions: [{log: at}]}
  - {id: quarters, triggers: [{cron: "*/15 2 * * *"}], actions: [{log: quarters}]}
  - {id: hours, triggers: [{every: 1h}], actions: [{log: hours}]}
  - {id: six, triggers: [{every: 6h}], actions: [{log: six}]}
"""


class Diary:
    """Remembers what happened, and does something at a look if asked."""

    def __init__(self) -> None:
        self.entries: list[tuple[datetime, Happening]] = []

    def take(self, at: datetime, happening: Happening) -> None:
        self.entries.append((at, happening))

    def look(self, at: datetime, equipment: Equipment) -> None:
        """Nothing."""


def script(loaded: Loaded, start: str, length: timedelta, *faults: str, seed: int = 0) -> Script:
    begins = read_instant(start, ROME)
    within = Stretch(begins=begins, ends=later(begins, length, ROME), zone=ROME)
    return Script(
        loaded=loaded,
        within=within,
        plan=plan_of(loaded.site),
        faults=read_faults(faults, loaded, within, seed),
        told_faults=faults,
        seed=seed,
    )


def play(
    loaded: Loaded, start: str, length: timedelta, *faults: str, onlookers: Sequence[Onlooker] = ()
) -> Results:
    return Simulation(script(loaded, start, length, *faults), onlookers).run()


def logged(loaded: Loaded, start: str, length: timedelta, *faults: str) -> list[dict[str, object]]:
    file = io.StringIO()
    play(loaded, start, length, *faults, onlookers=[EventLog(file, ROME)])
    return [json.loads(line) for line in file.getvalue().splitlines()]


def fired(loaded: Loaded, start: str, length: timedelta, rule: str) -> list[str]:
    """When a rule fired, as local times with their offsets."""
    lines = logged(loaded, start, length)
    return [str(line["at"]) for line in lines if line["kind"] == "firing" and line["rule"] == rule]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load_small_house(tmp_path)


@pytest.fixture
def schedules(tmp_path: Path) -> Loaded:
    return load_small_house(tmp_path, SCHEDULES, CALM)


def test_a_day_goes_by_and_rules_fire(loaded: Loaded) -> None:
    results = play(loaded, "2026-07-13", timedelta(days=1))
    assert (results.site, results.is_whole, results.seed) == ("Small house", True, 0)
    assert (results.begins, results.ends) == (
        datetime(2026, 7, 12, 22, tzinfo=UTC),
        datetime(2026, 7, 13, 22, tzinfo=UTC),
    )
    rules = {each.rule: each.fired for each in results.rules}
    assert rules["lamp-on-time"] == 1
    lamp = next(each for each in results.points if each.point == LAMP)
    # It cannot be read: what it is is known once it was told.
    assert dict(lamp.states) == {"on": timedelta(hours=17.5)}
    assert LAMP in results.controlled
    temperature = next(each for each in results.points if each.point == TEMPERATURE)
    assert temperature.lowest is not None
    assert 15 < temperature.lowest < 30
    assert set(results.figures.zones)


def test_the_times_that_clocks_leave_out_are_made_up_for(schedules: Loaded) -> None:
    week = "2026-03-26", timedelta(days=7)
    at = fired(schedules, *week, "at")
    assert [each[:16] for each in at] == [
        "2026-03-26T02:30",
        "2026-03-27T02:30",
        "2026-03-28T02:30",
        "2026-03-29T03:00",
        "2026-03-30T02:30",
        "2026-03-31T02:30",
        "2026-04-01T02:30",
    ]


def test_a_spring_night_is_an_hour_shorter(schedules: Loaded) -> None:
    night = "2026-03-29", timedelta(days=1)
    assert fired(schedules, *night, "quarters") == []
    assert len(fired(schedules, *night, "hours")) == 23
    assert [each[11:13] for each in fired(schedules, *night, "six")] == ["00", "06", "12", "18"]


def test_an_autumn_night_is_an_hour_longer(schedules: Loaded) -> None:
    night = "2026-10-25", timedelta(days=1)
    assert fired(schedules, *night, "at") == ["2026-10-25T02:30:00.000+02:00"]
    assert [each[11:16] + each[23:] for each in fired(schedules, *night, "quarters")] == [
        *(f"02:{minute}+02:00" for minute in ("00", "15", "30", "45")),
        *(f"02:{minute}+01:00" for minute in ("00", "15", "30", "45")),
    ]
    assert len(fired(schedules, *night, "hours")) == 25
    assert [each[11:13] for each in fired(schedules, *night, "six")] == ["00", "06", "12", "18"]


def test_a_week_with_the_repeated_hour_keeps_its_times(schedules: Loaded) -> None:
    at = fired(schedules, "2026-10-22", timedelta(days=7), "at")
    assert [each[8:16] for each in at] == [f"{day}T02:30" for day in range(22, 29)]


def test_the_same_script_gives_the_same_bytes(loaded: Loaded) -> None:
    def bytes_of(seed: int) -> tuple[str, str]:
        file = io.StringIO()
        what = script(loaded, "2026-07-13", timedelta(days=1), "random every 2h", seed=seed)
        results = Simulation(what, [EventLog(file, ROME)]).run()
        return file.getvalue(), json.dumps(document_of(results, ROME))

    assert bytes_of(1) == bytes_of(1)
    assert bytes_of(1) != bytes_of(2)


def test_who_looks_on_changes_nothing(loaded: Loaded) -> None:
    diary = Diary()
    watched = play(loaded, "2026-07-13", timedelta(hours=8), onlookers=[diary])
    assert watched == play(loaded, "2026-07-13", timedelta(hours=8))
    assert diary.entries[-1] == (watched.ends, ServiceEnd(is_last=True))


def test_a_fault_is_in_the_results(loaded: Loaded) -> None:
    results = play(loaded, "2026-07-13", timedelta(hours=8), "house offline 2h daily at 03:00")
    assert list(results.faults) == ["house offline 2h daily at 03:00"]
    [house] = [each for each in results.connections if each.name == "house"]
    assert house.count == 1
    assert timedelta(hours=1, minutes=58) < house.total < timedelta(hours=2, minutes=8)
    temperature = next(each for each in results.points if each.point == TEMPERATURE)
    assert temperature.longest_unknown > timedelta(hours=1, minutes=55)


def test_a_power_cut_stops_the_service_and_nothing_else(loaded: Loaded) -> None:
    results = play(loaded, "2026-07-13", timedelta(hours=8), "service down 1h daily at 06:00")
    [service] = results.service
    assert (service.count, service.total) == (1, timedelta(hours=1))
    lamp = next(each for each in results.rules if each.rule == "lamp-on-time")
    assert lamp.fired == 0
    [zone] = results.figures.zones.values()
    assert zone.lowest_c < zone.highest_c


def test_rules_look_back_over_a_power_cut(tmp_path: Path) -> None:
    rules = """
rules:
  - {id: leave, triggers: [{at: "00:30"}], actions: [{set: {away.value: on}}]}
  - id: long-away
    triggers: [{at: "04:00"}]
    condition: on_time('away.value', '6h') > '3h'
    actions: [{log: long}]
"""
    loaded = load_small_house(tmp_path, rules, CALM)
    results = play(loaded, "2026-07-13", timedelta(hours=5), "service down 5m daily at 03:00")
    assert {each.rule: each.fired for each in results.rules} == {"leave": 1, "long-away": 1}


def test_a_limit_counts_over_a_power_cut(tmp_path: Path) -> None:
    rules = """
rules:
  - {id: often, triggers: [{every: 1m}], limit: 1100 per 1d, actions: [{log: again}]}
"""
    loaded = load_small_house(tmp_path, rules, CALM)
    results = play(loaded, "2026-07-13", timedelta(hours=22), "service down 5m daily at 18:00")
    assert [(each.fired, each.held_back > 0) for each in results.rules] == [(1100, True)]


def test_what_is_broken_from_the_start_is_so_at_the_first_look(loaded: Loaded) -> None:
    lines = logged(loaded, "2026-07-13", timedelta(hours=1), "house offline")
    assert lines[0]["kind"] == "fault begin"
    good = [line["point"] for line in lines if line["kind"] == "reading" and line["quality"] == "good"]
    assert good == ["away.value"]


def test_a_service_that_is_down_throughout_does_nothing(loaded: Loaded) -> None:
    lines = logged(loaded, "2026-07-13", timedelta(hours=1), "service down")
    assert [line["kind"] for line in lines] == ["fault begin", "service end"]


@pytest.mark.parametrize(
    ("length", "looks"),
    [
        (timedelta(minutes=30), 30),
        (timedelta(days=7), 2000),
        (timedelta(days=30), 30 * 24 * 4),
    ],
)
def test_it_is_looked_at_as_often_as_a_picture_shows(length: timedelta, looks: int, loaded: Loaded) -> None:
    class Watcher(Diary):
        def __init__(self) -> None:
            super().__init__()
            self.looks: list[datetime] = []

        def look(self, at: datetime, equipment: Equipment) -> None:
            self.looks.append(at)

    watcher = Watcher()
    results = play(loaded, "2026-07-01", length, "service down", onlookers=[watcher])
    # The first is for the fault.
    assert (len(watcher.looks), watcher.looks[-1]) == (looks + 1, results.ends)


def test_messages_would_have_been_sent(tmp_path: Path) -> None:
    site = (
        CALM
        + """
notifiers:
  office: {via: webhook, url: "https://alarm.example.com/hook", payload: {text: "{message}"}}
"""
    )
    rules = """
rules:
  - id: tell
    triggers: [{at: "06:30"}]
    actions:
      - notify: {via: office, message: "it is day", title: Morning}
      - http: {url: "https://example.com/day"}
"""
    diary = Diary()
    loaded = load_small_house(tmp_path, rules, site)
    results = play(loaded, "2026-07-13", timedelta(days=2), onlookers=[diary])
    [office] = results.messages
    assert (office.via, office.count, office.texts) == ("office", 2, {"Morning it is day": 2})
    assert results.requests == {"POST": 2}
    assert Message("office", "Morning", "it is day") in [each for _, each in diary.entries]


def test_two_rules_that_fight_are_found(tmp_path: Path) -> None:
    rules = """
rules:
  - {id: up, triggers: [{cron: "*/10 * * * *"}], actions: [{set: {lamp.value: on}}]}
  - {id: down, triggers: [{cron: "5-59/10 * * * *"}], actions: [{set: {lamp.value: off}}]}
"""
    results = play(load_small_house(tmp_path, rules, CALM), "2026-07-13", timedelta(hours=3))
    [unrest] = results.unrest
    assert (unrest.point, list(unrest.by)) == (LAMP, ["rule down", "rule up"])
    assert 11 <= unrest.most <= 12


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("is_ignored", [False, True])
def test_a_signal_ends_it_with_what_came_of_it(
    loaded: Loaded, number: signal.Signals, is_ignored: bool, request: pytest.FixtureRequest
) -> None:
    class Impatient(Diary):
        def look(self, at: datetime, equipment: Equipment) -> None:
            if at == read_instant("2026-07-13T07:00", ROME):
                os.kill(os.getpid(), number)

    before = signal.signal(number, signal.SIG_IGN) if is_ignored else signal.getsignal(number)
    request.addfinalizer(lambda: signal.signal(number, before))

    results = play(loaded, "2026-07-13", timedelta(days=1), onlookers=[Impatient()])
    assert not results.is_whole
    assert results.ends < read_instant("2026-07-13T08:00", ROME)
    assert [each.fired for each in results.rules if each.rule == "lamp-on-time"] == [1]


def test_an_end_fires_nothing(tmp_path: Path) -> None:
    rules = """
rules:
  - {id: farewell, triggers: [stop], actions: [{set: {lamp.value: off}}]}
  - {id: kept, while: true, keep: {lamp.value: on}}
"""
    results = play(load_small_house(tmp_path, rules, CALM), "2026-07-13", timedelta(hours=1))
    assert {each.rule: each.acted for each in results.rules} == {"farewell": 0, "kept": 1}


def test_memory_does_not_grow_with_time(tmp_path: Path) -> None:
    rules = """
rules:
  - id: busy
    triggers: [{every: 1m}]
    actions: [{set: {lamp.value: on}}, {log: "{{ mean_over('thermostat.actualtemp', '1h') }}"}]
"""

    class Scales(Diary):
        def __init__(self) -> None:
            self.weights: list[int] = []

        def take(self, at: datetime, happening: Happening) -> None:
            """Remember nothing."""

        def look(self, at: datetime, equipment: Equipment) -> None:
            self.weights.append(0)
            if len(self.weights) % 400 == 0:
                gc.collect()
                self.weights[-1] = sys.getallocatedblocks()

    scales = Scales()
    play(load_small_house(tmp_path, rules, CALM), "2026-07-13", timedelta(days=2), onlookers=[scales])
    weights = scales.weights[399::400]
    assert len(weights) == 5
    # Two thirds of a day bring a thousand firings, each of some dozens of objects.
    assert weights[-1] - weights[1] < 5000


def test_every_receipt_is_counted(loaded: Loaded) -> None:
    diary = Diary()
    results = play(loaded, "2026-07-13", timedelta(days=1), onlookers=[diary])
    told = Counter(Point(str(each["point"])) for each in _receipts(diary))
    assert {each.point: each.count(*Outcome) for each in results.commands} == told


def _receipts(diary: Diary) -> list[dict[str, object]]:
    file = io.StringIO()
    log = EventLog(file, ROME)
    for at, happening in diary.entries:
        log.take(at, happening)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    return [line for line in lines if line["kind"] == "receipt"]
