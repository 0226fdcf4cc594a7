"""A site at work in virtual time: on twins, to the instant, over restarts and power cuts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock import InvalidValue, Point, Value, Write
from interlock.history.journal import MemoryJournal
from interlock.history.records import FiringEnd, Step
from interlock.model import Event, Outcome, Reading, Receipt
from interlock.runtime.supervision import EngineFailed
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""12:00 in Milan."""
MINUTE = timedelta(minutes=1)
TEMPERATURE, MODE, LAMP = (
    Point("thermostat.actualtemp"),
    Point("ac.hvacmode"),
    Point("lamp.value"),
)
AWAY = Point("away.value")
SITE = """
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 10s}
  bus: {driver: knx-raw, through: house}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ, poll: 20s}
  ac: {connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR}
  lamp: {connection: bus, type: group, address: 1/0/1, dpt: "1.001"}
  away: {type: flag}
rules:
  - id: cool
    triggers: [{becomes: thermostat.actualtemp > 26}]
    actions: [{set: {ac.hvacmode: cooling}}]
  - id: lamp-on-time
    triggers: [{at: "12:10"}]
    condition: thermostat.actualtemp > 26
    actions: [{set: {lamp.value: on}}]
  - id: nobody
    triggers: [{change: away.value, to: on}]
    actions: [{set: {lamp.value: off}}]
  - id: told
    triggers: [{telegram: 7/0/1}]
    actions: [{log: it was told}]
"""


class Day:
    """A house, and what reached its devices when."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.sent: list[str] = []
        house.equipment.watch(self._note)

    def _note(self, write: Write) -> None:
        passed = self.house.clock.now() - NOON
        self.sent.append(f"{passed.total_seconds():g} {write.target.point} = {write.value}")

    async def begin(self, *, temperature: float | None = 24.0) -> None:
        if temperature is not None:
            self.house.equipment.set_value(TEMPERATURE, temperature)
        await self.house.switch_on()

    def after(self, passed: timedelta) -> Awaitable[None]:
        return self.house.wait_until(NOON + passed)


def play(
    path: Path,
    story: Callable[[Day], Awaitable[None]],
    *,
    tells: bool = True,
    given: dict[Point, Value] | None = None,
    dry_run: bool = False,
) -> Day:
    """Play a story at noon, and stop the service at its end."""
    (path / "site.yaml").write_text(SITE)
    loaded = load(path, environ={})

    async def main() -> Day:
        day = Day(House(loaded, NOON, tells=tells, given=given or {}, dry_run=dry_run))
        await story(day)
        if day.house.is_on:
            await day.house.switch_off()
        return day

    return run_virtual(main())


def entries(day: Day) -> list[object]:
    assert isinstance(day.house.journal, MemoryJournal)
    return list(day.house.journal.entries)


def test_what_happens_at_an_instant_counts_for_what_is_due_at_it(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(10 * MINUTE)
        await day.house.happen({TEMPERATURE: 26.5})
        await day.after(11 * MINUTE)

    assert play(tmp_path, story).sent == ["600 ac.hvacmode = cooling", "600 lamp.value = True"]


def test_what_happened_before_makes_nothing_early(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        for number in range(1, 100):
            await day.after(number * timedelta(seconds=6))
            await day.house.happen({AWAY: number % 2 == 0})
        await day.after(10 * MINUTE)
        await day.house.happen({TEMPERATURE: 26.5})
        await day.after(11 * MINUTE)

    assert play(tmp_path, story).sent[-2:] == ["600 ac.hvacmode = cooling", "600 lamp.value = True"]


def test_what_is_switched_off_at_an_instant_does_nothing_at_it(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin(temperature=27.0)
        await day.after(5 * MINUTE)
        await day.house.happen({AWAY: True})
        await day.after(10 * MINUTE)
        await day.house.switch_off()

    assert play(tmp_path, story).sent == ["0 ac.hvacmode = cooling", "300 lamp.value = False"]


def test_a_polled_house_sees_it_at_its_next_poll(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(timedelta(seconds=61))
        await day.house.happen({TEMPERATURE: 26.5})
        await day.after(2 * MINUTE)

    assert play(tmp_path, story, tells=False).sent == ["80 ac.hvacmode = cooling"]


def test_what_holds_nothing_any_more_is_unknown_until_it_is_commanded(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        day.house.equipment.set_value(MODE, "auto")
        await day.begin()
        day.house.equipment.lose_value(MODE)
        day.house.equipment.lose_value(TEMPERATURE)
        await day.after(MINUTE)
        answers = [day.house.equipment.answer(day.house.equipment.target(each)) for each in (MODE, LAMP)]
        assert [str(each) for each in answers] == [
            "ac.hvacmode was never given a value",
            "lamp.value was never given a value",
        ]
        assert day.house.engine.state.values.get(TEMPERATURE) is None
        await day.house.command({MODE: "heating"})
        assert day.house.equipment.value(MODE) == "heating"

    play(tmp_path, story)


def test_the_clock_tells_the_very_instant(tmp_path: Path) -> None:
    times = []

    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        times.append(day.house.clock.now())
        await day.house.wait_beyond(NOON + MINUTE)
        times.append(day.house.clock.now())

    play(tmp_path, story)
    assert times == [NOON + MINUTE, NOON + MINUTE + timedelta(milliseconds=1)]


def test_a_hand_sets_virtual_points(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        await day.house.happen({AWAY: True})
        await day.after(2 * MINUTE)

    assert play(tmp_path, story).sent == ["60 lamp.value = False"]


def test_virtual_points_begin_with_what_is_given(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        await day.house.happen({AWAY: True})
        await day.after(2 * MINUTE)

    assert play(tmp_path, story, given={AWAY: True}).sent == []


def test_what_cannot_be_given_is_refused(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        raise AssertionError("it never begins")

    with pytest.raises(InvalidValue, match="maybe"):
        play(tmp_path, story, given={AWAY: "maybe"})


def test_drivers_tell_of_events(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        day.house.raise_event(Event(kind="telegram", name="7/0/1", value=1))
        await day.after(2 * MINUTE)

    notes = [each.note for each in entries(play(tmp_path, story)) if isinstance(each, Step)]
    assert notes == ["it was told"]


def test_a_lost_server_takes_with_it_whatever_speaks_through_it(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        day.house.equipment.lose_connection("house")
        await day.after(5 * MINUTE)
        await day.house.happen({AWAY: True, TEMPERATURE: 27})
        await day.after(6 * MINUTE)
        day.house.equipment.regain_connection("house")
        await day.after(7 * MINUTE)

    day = play(tmp_path, story)
    when, _, what = day.sent[0].partition(" ")
    assert (len(day.sent), what) == (1, "ac.hvacmode = cooling")
    # What returns is read within half a minute.
    assert 360 <= float(when) <= 390
    failed = [each.reason for each in entries(day) if isinstance(each, Receipt) and each.reason]
    assert len(failed) == 1
    assert "connection house: the server is away" in failed[0]


def test_a_dead_point_is_unknown_until_it_is_found(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        day.house.equipment.lose_point(TEMPERATURE)
        await day.after(2 * MINUTE)
        await day.house.happen({TEMPERATURE: 27.0})
        await day.after(3 * MINUTE)
        day.house.equipment.find_point(TEMPERATURE)
        await day.after(4 * MINUTE)

    assert play(tmp_path, story).sent == ["180 ac.hvacmode = cooling"]


def test_a_deaf_device_accepts_and_does_nothing(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        day.house.equipment.set_value(MODE, "auto")
        day.house.equipment.deafen(MODE)
        await day.after(MINUTE)
        await day.house.happen({TEMPERATURE: 27.0})
        await day.after(2 * MINUTE)
        assert day.house.equipment.value(MODE) == "auto"
        day.house.equipment.cure(MODE)
        await day.house.command({MODE: "heating"})
        assert day.house.equipment.value(MODE) == "heating"

    assert play(tmp_path, story).sent[0] == "60 ac.hvacmode = cooling"


def test_a_false_sensor_shows_something_else_than_it_holds(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        day.house.equipment.falsify(TEMPERATURE, lambda value: 30.0)
        await day.after(MINUTE)
        assert day.house.equipment.value(TEMPERATURE) == 24.0
        assert day.house.engine.state.values[TEMPERATURE] == 30.0
        day.house.equipment.believe(TEMPERATURE)
        await day.after(2 * MINUTE)
        assert day.house.engine.state.values[TEMPERATURE] == 24.0

    assert play(tmp_path, story).sent == ["0 ac.hvacmode = cooling"]


def test_a_slow_server_answers_late(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        day.house.equipment.delay("house", timedelta(seconds=3))
        await day.after(timedelta(seconds=64))
        await day.house.happen({TEMPERATURE: 27.0})
        await day.after(timedelta(seconds=82))
        assert day.house.engine.state.values[TEMPERATURE] == 24.0
        await day.after(timedelta(seconds=84))
        assert day.house.engine.state.values[TEMPERATURE] == 27.0

    assert play(tmp_path, story, tells=False).sent == ["83 ac.hvacmode = cooling"]


def test_an_answer_that_takes_longer_than_a_connection_waits_is_none(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        day.house.equipment.delay("house", timedelta(seconds=5))
        receipts = await day.house.command({LAMP: True, MODE: "auto"})
        assert {each.outcome for each in receipts} == {Outcome.UNCERTAIN}
        assert day.house.equipment.value(LAMP) is True
        await day.after(2 * MINUTE)
        assert TEMPERATURE not in day.house.engine.state.values
        day.house.equipment.delay("house", timedelta())
        await day.after(10 * MINUTE)
        assert day.house.engine.state.values[TEMPERATURE] == 24.0

    play(tmp_path, story, tells=False)


def test_what_nobody_gave_a_value_is_unknown(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin(temperature=None)
        await day.after(11 * MINUTE)

    day = play(tmp_path, story)
    readings = [each for each in entries(day) if isinstance(each, Reading) and each.point == TEMPERATURE]
    assert day.sent == []
    assert {each.reason for each in readings} == {
        "connection house: thermostat.actualtemp was never given a value"
    }


def test_the_service_is_switched_off_and_on_again(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        await day.house.switch_off()
        assert not day.house.is_on
        with pytest.raises(RuntimeError, match="switched off"):
            _ = day.house.engine
        await day.after(2 * MINUTE)
        day.house.equipment.set_value(TEMPERATURE, 27.0)
        await day.after(3 * MINUTE)
        await day.house.switch_on()
        await day.after(4 * MINUTE)

    assert play(tmp_path, story).sent == ["180 ac.hvacmode = cooling"]


def test_a_power_cut_ends_nothing_properly(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        await day.house.cut_power()
        await day.after(3 * MINUTE)
        await day.house.switch_on()
        await day.house.happen({TEMPERATURE: 27.0})
        await day.after(4 * MINUTE)

    day = play(tmp_path, story)
    assert day.sent == ["180 ac.hvacmode = cooling"]
    assert len([each for each in entries(day) if isinstance(each, FiringEnd)]) == 1


def test_an_edit_is_taken_over_by_the_running_service(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()
        await day.after(MINUTE)
        (tmp_path / "site.yaml").write_text(SITE.replace("> 26", "> 30"))
        day.house.reload(load(tmp_path, environ={}))
        await day.after(2 * MINUTE)
        await day.house.happen({TEMPERATURE: 27.0})
        await day.after(3 * MINUTE)
        await day.house.happen({TEMPERATURE: 31.0})
        await day.after(4 * MINUTE)

    assert play(tmp_path, story).sent == ["180 ac.hvacmode = cooling"]


def test_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin(temperature=27.0)
        await day.after(MINUTE)

    assert play(tmp_path, story, dry_run=True).sent == []


def test_a_failing_engine_is_not_passed_over(tmp_path: Path) -> None:
    async def story(day: Day) -> None:
        await day.begin()

        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        day.house.engine.state.apply = fail  # type: ignore[method-assign, assignment]
        day.house.equipment.set_value(TEMPERATURE, 27.0)
        with pytest.raises(EngineFailed, match="a defect ended control loop: ZeroDivisionError"):
            await day.after(MINUTE)
        await asyncio.gather(day.house.switch_off(), return_exceptions=True)

    play(tmp_path, story)
