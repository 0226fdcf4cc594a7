"""Virtual points at work: written and read in one moment, kept over restarts, on time."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock.config.loader import load_site
from interlock.history.journal import MemoryJournal
from interlock.history.records import Step
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Receipt, Value
from interlock.rules.grammar import load_rules
from interlock.runtime.engine import Engine
from interlock.simulation.virtual_time import run_virtual
from support.plugins import registry_of
from support.settable_clock import SettableClock

DEVICES = """\
site: {name: House, timezone: Europe/Rome, holidays: IT}
devices:
  away: {type: flag}
  target: {type: number, min: 5, max: 30, initial: 21}
  mode: {type: choice, choices: [home, night]}
  note: {type: text}
  visits: {type: counter, initial: 3}
  hall: {type: timer, duration: 5m}
schedules:
  office: {weekdays: [["07:30", "18:00"]], holidays: []}
rules:
"""
MORNING = datetime(2026, 7, 13, 5, 29, 50, tzinfo=UTC)
"""Ten seconds before a Monday's 07:30 in Rome."""


class VirtualHouse:
    """An engine on a site of virtual points alone."""

    def __init__(
        self, path: Path, text: str, journal: MemoryJournal, start: datetime, *, dry_run: bool = False
    ) -> None:
        file = path / "site.yaml"
        file.write_text(text, encoding="utf-8")
        site, findings = load_site(file, registry_of(), {})
        assert site is not None
        compiled, further = load_rules(site)
        assert [*findings, *further] == []
        self.journal = journal
        self.clock = SettableClock(start)
        self.engine = Engine(site, compiled, clock=self.clock, journal=journal, seed=1, dry_run=dry_run)

    async def at(self, seconds: float) -> None:
        await asyncio.sleep(seconds - asyncio.get_running_loop().time() + 0.001)

    def value(self, point: str) -> Value | None:
        return self.engine.state.values.get(Point(point))

    async def command(self, point: str, value: Value | None = None) -> Receipt:
        command = Command(
            id=self.engine.new_id(),
            point=Point(point),
            value=value,
            origin=Origin(OriginKind.OPERATOR, "tester"),
            created_at=self.clock.now(),
        )
        [receipt] = self.engine.submit([command])
        return await receipt

    @property
    def logs(self) -> list[str]:
        steps = [each for each in self.journal.entries if isinstance(each, Step)]
        return [each.text.removeprefix("log ") for each in steps if each.text.startswith("log ")]


def run(path, test, *, rules="  []", journal=None, start=MORNING, devices=DEVICES, dry_run=False):  # type: ignore[no-untyped-def]
    """Run a house in virtual time while `test` goes on."""

    async def live() -> VirtualHouse:
        house = VirtualHouse(path, devices + rules, journal or MemoryJournal(), start, dry_run=dry_run)
        await house.journal.open()
        stop = asyncio.Event()
        running = asyncio.create_task(house.engine.run(stop))
        await house.engine.has_begun.wait()
        await test(house)
        stop.set()
        await running
        return house

    return run_virtual(live())


FIRST: dict[str, Value] = {
    "away.value": False,
    "target.value": 21,
    "mode.value": "home",
    "visits.value": 3,
    "hall.running": False,
    "hall.finished": False,
    "hall.duration": timedelta(minutes=5),
    "office.value": False,
}


def test_they_begin_with_what_the_site_says(tmp_path: Path) -> None:
    async def test(house: VirtualHouse) -> None:
        assert dict(house.engine.state.values) == FIRST

    run(tmp_path, test)


def test_a_command_is_read_in_the_same_moment(tmp_path: Path) -> None:
    async def test(house: VirtualHouse) -> None:
        receipt = await house.command("mode.value", "night")
        assert receipt.outcome is Outcome.ACCEPTED
        assert house.value("mode.value") == "night"
        assert (await house.command("target.value", 99)).outcome is Outcome.REFUSED
        assert house.value("target.value") == 21

    run(tmp_path, test)


def test_an_action_sees_what_the_one_before_it_set(tmp_path: Path) -> None:
    rules = """\
  - id: leave
    triggers: [{change: away.value, to: on}]
    actions:
      - set: {mode.value: night, target.value: "{{ target.value - 4 }}"}
      - increment: visits
      - increment: visits
      - decrement: visits
      - if: mode.value == 'night' and target.value == 17 and visits.value == 4
        then: [{log: as it should be}]
      - reset: visits
      - start: hall
      - if: hall.running and hall.ends_at - now() == '5m' and visits.value == 3
        then: [{log: and this}]
"""

    async def test(house: VirtualHouse) -> None:
        await house.command("away.value", True)
        await house.engine.idle()

    assert run(tmp_path, test, rules=rules).logs == ["as it should be", "and this"]


def test_a_change_of_one_triggers_rules(tmp_path: Path) -> None:
    rules = "  - {id: told, condition: away.value and not office, actions: [{log: away}]}\n"

    async def test(house: VirtualHouse) -> None:
        await house.command("away.value", True)
        await house.command("away.value", True)
        await house.engine.idle()

    assert run(tmp_path, test, rules=rules).logs == ["away"]


def test_a_timer_finishes_on_time(tmp_path: Path) -> None:
    async def test(house: VirtualHouse) -> None:
        await house.command("hall.start")
        assert (house.value("hall.running"), house.value("hall.finished")) == (True, False)
        assert house.value("hall.ends_at") == MORNING + timedelta(minutes=5)
        await house.at(299)
        assert house.value("hall.running") is True
        await house.at(300)
        assert (house.value("hall.running"), house.value("hall.finished")) == (False, True)
        assert house.value("hall.ends_at") == MORNING + timedelta(minutes=5)

    run(tmp_path, test)


def test_a_timer_that_is_started_again_begins_anew(tmp_path: Path) -> None:
    async def test(house: VirtualHouse) -> None:
        await house.command("hall.start")
        await house.at(200)
        await house.command("hall.running", True)
        await house.at(450)
        assert house.value("hall.running") is True
        await house.at(501)
        assert house.value("hall.finished") is True

    run(tmp_path, test)


def test_a_timer_that_is_stopped_does_not_finish(tmp_path: Path) -> None:
    async def test(house: VirtualHouse) -> None:
        for stop in ("hall.stop", "hall.running"):
            await house.command("hall.start")
            await house.command(stop, None if stop == "hall.stop" else False)
            stopped = house.clock.now()
            await house.at(400)
            assert (house.value("hall.running"), house.value("hall.finished")) == (False, False)
            assert house.value("hall.ends_at") == stopped

    run(tmp_path, test)


def test_a_timer_runs_as_long_as_it_is_set_to(tmp_path: Path) -> None:
    async def test(house: VirtualHouse) -> None:
        await house.command("hall.duration", timedelta(minutes=1))
        await house.command("hall.start")
        await house.at(61)
        assert house.value("hall.finished") is True

    run(tmp_path, test)


def test_a_schedule_turns_exactly_at_its_edges(tmp_path: Path) -> None:
    rules = """\
  - {id: opens, triggers: [{change: office.value, to: on}], actions: [{log: open}]}
  - {id: shuts, triggers: [{change: office.value, to: off}], actions: [{log: shut}]}
"""

    async def test(house: VirtualHouse) -> None:
        await house.at(9)
        assert house.value("office.value") is False
        await house.at(10)
        assert house.value("office.value") is True
        await house.at(10 + 10.5 * 3600 - 1)
        assert house.value("office.value") is True
        await house.at(10 + 10.5 * 3600)
        assert house.value("office.value") is False

    assert run(tmp_path, test, rules=rules).logs == ["open", "shut"]


def test_what_they_held_is_held_after_a_restart(tmp_path: Path) -> None:
    journal = MemoryJournal()

    async def first(house: VirtualHouse) -> None:
        await house.command("away.value", True)
        await house.command("target.value", 18)
        await house.command("note.value", "hello")
        await house.command("visits.increment")
        await house.command("hall.start")

    async def second(house: VirtualHouse) -> None:
        points = ("away.value", "target.value", "note.value", "visits.value", "hall.running")
        assert [house.value(point) for point in points] == [True, 18, "hello", 4, True]
        await house.at(241)
        assert house.value("hall.finished") is True

    run(tmp_path, first, journal=journal)
    journal.last_seen = MORNING
    run(tmp_path, second, journal=journal, start=MORNING + timedelta(minutes=1))


def test_a_timer_that_ran_out_while_the_service_was_down_finishes_at_the_start(tmp_path: Path) -> None:
    journal = MemoryJournal()
    rules = "  - {id: done, triggers: [{change: hall.finished, to: on}], actions: [{log: finished}]}\n"

    async def first(house: VirtualHouse) -> None:
        await house.command("hall.start")

    async def second(house: VirtualHouse) -> None:
        await house.at(1)
        await house.engine.idle()

    run(tmp_path, first, journal=journal, rules=rules)
    journal.last_seen = MORNING
    house = run(tmp_path, second, journal=journal, rules=rules, start=MORNING + timedelta(hours=1))
    assert house.logs == ["finished"]


def test_an_edge_that_was_missed_while_the_service_was_down_is_a_change(tmp_path: Path) -> None:
    journal = MemoryJournal()
    rules = "  - {id: opens, triggers: [{change: office.value, to: on}], actions: [{log: open}]}\n"

    async def nothing(house: VirtualHouse) -> None:
        await house.engine.idle()

    run(tmp_path, nothing, journal=journal, rules=rules)
    journal.last_seen = MORNING
    house = run(tmp_path, nothing, journal=journal, rules=rules, start=MORNING + timedelta(hours=1))
    assert house.logs == ["open"]


def test_they_are_fitted_to_an_edited_site(tmp_path: Path) -> None:
    async def test(house: VirtualHouse) -> None:
        await house.command("target.value", 18)
        file = tmp_path / "site.yaml"
        text = DEVICES.replace("  away: {type: flag}\n", "  gone: {type: flag, initial: on}\n")
        text = text.replace('"07:30"', '"07:00"')
        file.write_text(text + "  []", encoding="utf-8")
        site, findings = load_site(file, registry_of(), {})
        assert site is not None
        assert findings == []
        house.engine.reload(site, ())
        assert house.value("target.value") == 18
        assert house.value("gone.value") is True
        assert house.value("away.value") is None
        assert house.value("office.value") is True

    run(tmp_path, test)


def test_a_delay_can_be_a_number_that_counts_minutes(tmp_path: Path) -> None:
    rules = """\
  - id: later
    triggers: [{change: away.value}]
    actions: [{delay: hold.value}, {log: later}]
"""

    async def test(house: VirtualHouse) -> None:
        await house.command("away.value", True)
        await house.at(119)
        assert house.logs == []
        await house.at(121)
        assert house.logs == ["later"]

    hold = "  hold: {type: number, unit: min, initial: 2}\nschedules:"
    run(tmp_path, test, rules=rules, devices=DEVICES.replace("schedules:", hold))


def test_an_edge_and_a_time_of_the_same_instant_are_one_moment(tmp_path: Path) -> None:
    rules = """
  - id: a
    mode: queued
    triggers: [{schedule: office}, {every: 15m}]
    actions: [{log: "{{ trigger.point }} {{ office.value }}"}, {delay: 1s}]
  - {id: b, triggers: [{every: 15m}], condition: office, actions: [{log: open}]}
  - {id: c, triggers: [{at: "07:30"}, {change: hall.running}], actions: [{log: "hall {{ hall.running }}"}]}
"""

    async def test(house: VirtualHouse) -> None:
        await house.command("hall.duration", timedelta(seconds=10))
        await house.command("hall.start")
        await house.at(30)

    steps = [each for each in run(tmp_path, test, rules=rules).journal.entries if isinstance(each, Step)]
    logs = [each.note for each in steps if each.text.startswith("log ")]
    assert logs == ["hall on", "office.value on", "open", "hall off"]


def test_what_is_left_of_a_timer(tmp_path: Path) -> None:
    rules = """
  - id: a
    triggers: [{becomes: "hall.running and hall.remaining <= '1m'"}]
    actions: [{log: "{{ hall.remaining }}"}]
  - {id: b, triggers: [{change: hall.running}], actions: [{log: "{{ hall.remaining }}"}]}
"""

    async def test(house: VirtualHouse) -> None:
        await house.at(1)
        await house.command("hall.start")
        await house.at(400)

    steps = [each for each in run(tmp_path, test, rules=rules).journal.entries if isinstance(each, Step)]
    assert [each.note for each in steps] == ["5m", "59s1ms", "0s"]


def test_a_dry_run_keeps_what_is_virtual(tmp_path: Path) -> None:
    rules = """\
  - {id: gone, triggers: [{change: away.value, to: on}], actions: [{start: hall}, {increment: visits}]}
  - {id: night, while: away.value, keep: {mode.value: night}}
"""

    async def test(house: VirtualHouse) -> None:
        assert (await house.command("away.value", True)).outcome is Outcome.ACCEPTED
        await house.at(1)
        values = [house.value(each) for each in ("hall.running", "visits.value", "mode.value")]
        assert values == [True, 4, "night"]

    run(tmp_path, test, rules=rules, dry_run=True)
