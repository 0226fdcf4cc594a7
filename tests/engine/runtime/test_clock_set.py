"""A clock that is set under a service at work: by a hand, by the network, or after a night without power."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from interlock.history.journal import MemoryJournal
from interlock.rules.memory import TriggerMemory
from support.engine_house import LAMP, SCENE, START, House, live

YEARS = timedelta(days=56 * 365)
BY = [timedelta(minutes=5), timedelta(hours=7), YEARS, -timedelta(minutes=5), -timedelta(hours=7), -YEARS]


def launched_after_setting(condition: str, by: timedelta, *, at_s: float, until_s: float) -> list[object]:
    """Return what a rule with a condition writes where the clock is set at a moment."""

    async def test(house: House) -> None:
        await house.at(at_s)
        house.clock.shift = by
        await house.at(until_s)

    rule = f'[{{id: x, condition: "{condition}", actions: [{{launch: evening}}]}}]'
    return list(live(rule, test, values={LAMP: True}).equipment.writes)


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("function", ["age", "changed_for"])
def test_how_old_something_is_is_the_time_that_passed(by: timedelta, function: str) -> None:
    condition = f"{function}('lamp.power') > '3m'"
    # The lamp is read every 10 seconds and does not change.
    expected = {"age": ([], []), "changed_for": ([], [(SCENE, "launch")])}[function]
    early = launched_after_setting(condition, by, at_s=100, until_s=170)
    late = launched_after_setting(condition, by, at_s=100, until_s=240)
    assert (early, late) == expected


@pytest.mark.parametrize("by", BY)
def test_how_long_something_was_true_is_the_time_that_passed(by: timedelta) -> None:
    condition = "is_true_for('lamp.power', '3m')"
    assert launched_after_setting(condition, by, at_s=100, until_s=170) == []
    assert launched_after_setting(condition, by, at_s=100, until_s=240) == [(SCENE, "launch")]


@pytest.mark.parametrize("by", BY)
def test_it_is_said_once(caplog: pytest.LogCaptureFixture, by: timedelta) -> None:
    launched_after_setting("lamp.power", by, at_s=100, until_s=300)
    [line] = [each.getMessage() for each in caplog.records if each.name == "interlock.timetable"]
    assert line.startswith("the clock went forward by " if by > timedelta() else "the clock was set back by ")


@pytest.mark.parametrize("by", BY)
def test_signs_of_life_keep_their_pace(by: timedelta) -> None:
    beats: list[timedelta] = []

    async def test(house: House) -> None:
        house.engine.beat(timedelta(seconds=20), lambda: beats.append(house.clock.monotonic()))
        await house.at(100)
        house.clock.shift = by
        await house.at(205)

    live("[{id: x, condition: lamp.power, actions: [{launch: evening}]}]", test, values={LAMP: True})
    assert [round(beat.total_seconds()) for beat in beats] == [*range(0, 220, 20)]


@pytest.mark.parametrize("by", BY)
def test_polls_keep_their_pace(by: timedelta) -> None:
    async def test(house: House) -> None:
        await house.at(100)
        before = len(house.equipment.reads)
        house.clock.shift = by
        await house.at(200)
        assert len(house.equipment.reads) - before == before - 1

    live("[{id: x, condition: lamp.power, actions: [{launch: evening}]}]", test, values={LAMP: True})


def start_with_a_clock_that_is_behind(by: timedelta) -> House:
    """Start where a service ran last so much later; the network sets the clock right a minute later."""
    journal = MemoryJournal()
    journal.last_seen = START + by

    async def test(house: House) -> None:
        await house.at(60)
        house.clock.shift = by + timedelta(minutes=10)
        await house.at(200)

    rules = """
    - {id: daily, triggers: [{at: "14:05", missed: once}], actions: [{launch: evening}]}
    - {id: old, condition: "age('lamp.power') > '1m'", actions: [{launch: evening}]}
    """
    return live(rules, test, values={LAMP: True}, journal=journal)


def test_a_machine_that_starts_in_1970_says_so_and_sends_nothing_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = start_with_a_clock_that_is_behind(timedelta(days=100))
    said = [each.getMessage() for each in caplog.records if each.name == "interlock.timetable"]
    assert said[0] == (
        "the clock shows 2026-07-14 12:00 UTC, and a service ran here at 2026-10-22 12:00 UTC already: "
        "times of day are wrong until it is set"
    )
    assert said[1].startswith("the clock went forward by 100d10m: ")
    assert len(said) == 2
    assert len(house.equipment.writes) <= 1


@pytest.mark.parametrize("behind", [timedelta(), timedelta(minutes=1)])
def test_a_clock_that_is_hardly_behind_is_not_worth_a_word(
    caplog: pytest.LogCaptureFixture, behind: timedelta
) -> None:
    journal = MemoryJournal()
    journal.last_seen = START + behind

    async def test(house: House) -> None:
        await house.at(1)
        assert house.engine.clock_set is None

    live("[{id: x, condition: lamp.power, actions: [{launch: evening}]}]", test, journal=journal)
    assert [each for each in caplog.records if each.name == "interlock.timetable"] == []


@pytest.mark.parametrize("by", BY)
def test_what_was_read_before_rules_are_looked_at_is_no_older_for_a_clock_that_was_set_meanwhile(
    by: timedelta,
) -> None:
    house: list[House] = []

    class Slow(MemoryJournal):
        """Its disk takes a while, in which devices are read and the clock is set."""

        async def load_memory(self) -> Mapping[str, TriggerMemory]:
            await asyncio.sleep(25)
            house[0].clock.shift = by
            await asyncio.sleep(25)
            return await super().load_memory()

    async def test(live: House) -> None:
        house.append(live)
        await live.at(55)
        assert live.equipment.reads

    rule = "[{id: x, condition: \"age('lamp.power') > '2m'\", actions: [{launch: evening}]}]"
    assert live(rule, test, values={LAMP: True}, journal=Slow()).equipment.writes == []
