"""Firings that write once and do nothing else: how they end, and what can come in between."""

import asyncio
import logging

import pytest

from interlock.errors import RejectedValue
from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry, FiringEnd, Unfinished
from interlock.model import Point
from interlock.rules.rule import Verdict
from interlock.runtime.supervision import EngineFailed
from support.engine_house import LAMP, LEVEL, MODE, SCENE, START, TEMPERATURE, House, live

LIGHT = "- {id: light, triggers: [{every: 1m}], actions: [{set: {lamp.power: on}}]}"


def slow(seconds: float, rules: str, *, until: float, points: tuple[Point, ...] = (LAMP,)) -> House:
    """Rules at work on devices that take so long to answer a command."""

    async def test(house: House) -> None:
        house.equipment.delays = dict.fromkeys(points, seconds)
        await house.at(until)

    return live(rules, test, values={LAMP: False, LEVEL: 0, MODE: "auto"})


def test_it_has_no_task_of_its_own() -> None:
    names: set[str] = set()

    async def test(house: House) -> None:
        house.equipment.delays = {LAMP: 10}
        await house.at(62)
        names.update(task.get_name() for task in asyncio.all_tasks())
        assert house.engine.runner.under_way == 1

    live(LIGHT, test, values={LAMP: False})
    assert "rule light" not in names and "commands for lamp" in names


def test_it_ends_when_all_its_receipts_have_come() -> None:
    rule = (
        "- {id: a, triggers: [{every: 1m}], actions: [{set: {lamp.powerlevel: 9, living_ac.hvacmode: dry}}]}"
    )

    async def test(house: House) -> None:
        house.equipment.delays = {LEVEL: 8}
        house.equipment.errors = {MODE: RejectedValue("no")}
        await house.at(100)

    house = live(rule, test, values={LEVEL: 0, MODE: "auto"})
    [end] = house.firing_ends
    assert (end.outcome, (end.at - START).total_seconds()) == (
        "done, but living_ac.hvacmode was refused",
        pytest.approx(67.5),
    )


def test_what_need_not_be_sent_is_done_at_once() -> None:
    async def test(house: House) -> None:
        await house.at(65)

    house = live(LIGHT, test, values={LAMP: True})
    assert (house.ends, house.equipment.writes) == (["done"], [])
    assert house.steps == ["set lamp.power: on: lamp.power is on already"]


def test_it_may_be_cancelled_in_its_own_moment_before_it_wrote() -> None:
    first = "- {id: a, triggers: [{every: 1m}], actions: [{cancel: light}]}"
    house = slow(0, f"{first}\n{LIGHT}", until=65)
    assert house.equipment.writes == []
    assert sorted(house.ends) == ["cancelled by rule a", "done"]


def test_it_may_be_cancelled_while_its_device_takes_its_time() -> None:
    other = '- {id: a, triggers: [{at: "14:01:10"}], actions: [{cancel: light}]}'
    house = slow(30, f"{LIGHT}\n{other}", until=100)
    assert house.ends == ["done", "cancelled by rule a"]
    # The command was on its way; what comes of it is no end of the firing any more.
    assert house.equipment.writes == [(LAMP, True)]


@pytest.mark.parametrize(("mode", "skipped"), [("single", 2), ("queued", 0), ("parallel", 0)])
def test_a_further_firing_does_as_its_mode_says(mode: str, skipped: int) -> None:
    rule = f"- {{id: a, triggers: [{{every: 10s}}], mode: {mode}, actions: [{{launch: evening}}]}}"
    house = slow(12, rule, until=45, points=(SCENE,))
    assert house.ends[:2] == ["done"] * 2
    assert len(house.missed(Verdict.SKIPPED)) == skipped


def test_a_restart_ends_what_waits_for_its_device() -> None:
    rule = "- {id: a, triggers: [{every: 10s}], mode: restart, actions: [{launch: evening}]}"
    house = slow(12, rule, until=31, points=(SCENE,))
    assert house.ends[:2] == ["restarted"] * 2


def test_a_value_that_is_unknown_breaks_it_off(caplog: pytest.LogCaptureFixture) -> None:
    rule = """
    - id: a
      triggers: [{every: 1m}]
      actions: [{set: {lamp.powerlevel: "{{ living_thermostat.actualtemp | int }}"}}]
    """
    house = slow(0, rule, until=65)
    assert house.equipment.writes == []
    [end] = house.ends
    assert end.startswith(f"broken off: {LEVEL}: the value is unknown: {TEMPERATURE} is unknown")
    assert [record.levelname for record in caplog.records if record.name == "interlock.rule"] == ["WARNING"]


def test_a_defect_in_it_ends_it_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def test(house: House) -> None:
        house.engine.runner.notice_way = lambda run, path: (1 / 0, None)[1]
        await house.at(65)
        house.engine.runner.notice_way = lambda run, path: None
        await house.at(125)

    with caplog.at_level(logging.ERROR):
        house = live(LIGHT, test, values={LAMP: False})
    assert house.ends == ["broken off: ZeroDivisionError: division by zero", "done"]
    assert [record.getMessage() for record in caplog.records] == ["rule light: an action failed"]


class Broken(MemoryJournal):
    """A journal that fails where a firing ends, as no journal may."""

    def record(self, *entries: Entry) -> None:
        if any(isinstance(entry, FiringEnd) for entry in entries):
            raise AssertionError("broken")
        super().record(*entries)


@pytest.mark.parametrize("value", [True, False], ids=["at once", "after its receipt"])
def test_a_defect_where_it_is_written_down_ends_the_run(
    value: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(house: House) -> None:
        await house.at(65)

    with pytest.raises(EngineFailed, match="a defect ended rule light: AssertionError: broken"):
        live(LIGHT, test, values={LAMP: value}, journal=Broken())
    assert caplog.records


@pytest.mark.parametrize("action", ["set: {lamp.power: on}", "launch: evening"])
def test_one_that_has_not_begun_when_the_service_ends_goes_on_at_the_next_start(action: str) -> None:
    rule, journal = f"- {{id: a, triggers: [{{every: 1h}}], actions: [{{{action}}}]}}", MemoryJournal()

    async def cut(house: House) -> None:
        await house.at(2)
        house.engine.runner.run("a", {}, by="cli")
        await house.engine.runner.close()
        assert isinstance(journal.entries[-1], Unfinished)

    first = live(rule, cut, values={LAMP: False}, journal=journal)
    assert (first.ends, first.equipment.writes) == ([], [])

    async def go_on(house: House) -> None:
        await house.at(90)

    again = live(rule, go_on, values={LAMP: False}, journal=journal)
    assert (again.ends, len(again.equipment.writes)) == (["done"], 1)


@pytest.mark.parametrize(
    ("action", "writes"), [("set: {lamp.power: on}", 1), ("launch: evening", 0)], ids=["again", "once"]
)
def test_what_was_sent_when_the_service_was_killed_is_sent_again_where_it_may_be(
    action: str, writes: int
) -> None:
    rule, journal = f"- {{id: a, triggers: [{{every: 1m}}], actions: [{{{action}}}]}}", MemoryJournal()

    async def kill(house: House) -> None:
        house.equipment.delays = {LAMP: 100, SCENE: 100}
        await house.at(62)
        house.journal.entries, killed = [], house.journal.entries
        kept.extend(killed)

    kept: list[Entry] = []
    live(rule, kill, values={LAMP: False}, journal=journal)
    journal.entries = kept

    async def go_on(house: House) -> None:
        await house.at(20)

    again = live(rule, go_on, values={LAMP: False}, journal=journal)
    assert (len(again.equipment.writes), again.ends[-1:]) == (writes, ["done"])


def test_a_device_that_never_answers_does_not_keep_the_service_from_ending() -> None:
    async def test(house: House) -> None:
        house.equipment.delays = {LAMP: 60}
        await house.at(62)

    assert live(LIGHT, test, values={LAMP: False}).ends == ["broken off: the service ended"]
