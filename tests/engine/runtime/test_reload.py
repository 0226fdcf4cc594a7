"""A site that is edited while it runs: nothing that is as it was notices anything."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from textwrap import dedent
from typing import NoReturn

import pytest

from interlock.errors import JournalError
from interlock.history.records import Reload
from interlock.model import Command, Event, Origin, OriginKind, Outcome, Point, Value
from interlock.runtime.changes import Changes
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, SETPOINT, START, TEMPERATURE, House, live
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_rules import rules_of
from support.fake_site import DEVICES, fake_site

VALUES: dict[Point, Value] = {LAMP: False, LEVEL: 0, TEMPERATURE: 20.0, SETPOINT: 21.0, AC_POWER: True}
BELL = '\n- {id: bell, triggers: [{at: "03:00"}], actions: [{press: doorbell}]}'
HOLD = """
- {id: a, triggers: [{becomes: living_thermostat.actualtemp > 26, for: 1m}], actions: [{press: doorbell}]}
"""
DELAY = """
- {id: a, triggers: [{at: "14:00:05"}],
   actions: [{set: {lamp.power: on}}, {delay: 1m}, {set: {lamp.power: off}}]}
"""


def reload(house: House, rules: str, *, bell: bool = False, **site: object) -> Changes:
    """Edit the site: other rules, and perhaps one more that has nothing to do with them."""
    driver = house.engine.site.connections["house"].driver
    assert issubclass(driver, FakeDriver)
    made = fake_site(house.equipment, driver=driver, **site)  # type: ignore[arg-type]
    return house.engine.reload(made, rules_of(made, dedent(rules) + BELL * bell))


def lively(rules: str, test: Callable[[House], Awaitable[None]], **options: object) -> House:
    return live(rules, test, values=dict(VALUES), **options)  # type: ignore[arg-type]


def writes(house: House) -> list[tuple[Point, Value | None]]:
    return house.equipment.writes


def test_a_hold_in_progress_runs_on() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(40)
        reload(house, HOLD, bell=True)
        await house.at(69)
        assert writes(house) == []
        await house.at(71)

    assert len(writes(lively(HOLD, test))) == 1


def test_a_hold_in_progress_does_not_count_by_a_clock_that_is_set() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(40)
        house.clock.shift = timedelta(hours=1)
        reload(house, HOLD, bell=True)
        await house.at(69)
        assert writes(house) == []
        await house.at(71)

    assert len(writes(lively(HOLD, test))) == 1


MEAN = """
- {{id: a, triggers: [{{telegram: 1/2/3}}],
   actions: [{{log: "{{{{ mean_over('living_thermostat.actualtemp', '{}') | round }}}}"}}]}}
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("1m", "2m", "25"), ("3m", "2m", "25"), ("2m", "2m", "25"), (None, "2m", "25"), (None, "1m", "30")],
)
def test_a_past_that_is_looked_back_on_anew_comes_from_the_journal(
    before: str | None, after: str, expected: str
) -> None:
    async def test(house: House) -> None:
        await house.at(65)
        house.equipment.values[TEMPERATURE] = 30.0
        await house.at(100)
        reload(house, MEAN.format(after) + BELL)
        await house.at(130)
        house.engine.happen(Event(kind="telegram", name="1/2/3"))
        await house.at(131)

    rules = MEAN.format(before) if before else "[]"
    site = {"watch": ("living_thermostat.actualtemp",)}
    house = lively(rules, test, site=site)
    assert [step.rpartition(": ")[2] for step in house.steps if step.startswith("log")] == [expected]


def test_where_the_journal_cannot_be_read_the_past_begins_with_the_edit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def unreadable(since: object) -> NoReturn:
        raise JournalError("journal x cannot be used: the disk is gone")

    async def test(house: House) -> None:
        await house.at(5)
        house.journal.load_samples = unreadable  # type: ignore[method-assign]
        reload(house, MEAN.format("1m"))
        await house.at(10)

    lively("[]", test)
    assert caplog.messages == [
        "journal x cannot be used: the disk is gone: rules look back on what comes from now on"
    ]


def test_a_hold_does_not_run_while_its_rule_is_away() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(40)  # Read at 10: half a minute held.
        reload(house, BELL)
        await house.at(120)
        reload(house, HOLD)
        await house.at(149)
        assert writes(house) == []
        await house.at(152)

    assert len(writes(lively(HOLD, test))) == 1


def test_what_came_before_an_edit_fires_once() -> None:
    rules = "- {id: a, triggers: [{change: living_thermostat.actualtemp}], actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(15)
        for _ in range(3):
            reload(house, rules, bell=True)
            await house.at(35)

    assert len(writes(lively(rules, test))) == 1


def test_what_is_true_already_does_not_fire_again() -> None:
    rules = (
        "- {id: a, triggers: [{becomes: living_thermostat.actualtemp > 10}], actions: [{press: doorbell}]}"
    )

    async def test(house: House) -> None:
        await house.at(5)
        reload(house, rules, bell=True)
        await house.at(35)

    assert len(writes(lively(rules, test))) == 1


def test_a_new_rule_looks_at_what_is_known_already() -> None:
    rules = (
        "- {id: a, triggers: [{becomes: living_thermostat.actualtemp > 10}], actions: [{press: doorbell}]}"
    )

    async def test(house: House) -> None:
        await house.at(5)
        reload(house, rules)
        await house.at(5.1)
        assert len(writes(house)) == 1

    lively("[]", test, site={"watch": (TEMPERATURE,)})


def test_a_new_rule_about_a_point_that_was_not_read_waits_for_it() -> None:
    rules = "- {id: a, triggers: [{becomes: not available('lamp.power')}], actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await house.at(5)
        reload(house, rules)
        await house.at(30)

    assert writes(lively("[]", test)) == []


def test_becomes_with_until_stays_disarmed() -> None:
    rules = """
    - {id: a, actions: [{press: doorbell}],
       triggers: [{becomes: living_thermostat.actualtemp > 26, until: living_thermostat.actualtemp < 22}]}
    """

    async def test(house: House) -> None:
        temperatures = [27.0, 25.0, 27.0, 21.0, 27.0]
        for number, temperature in enumerate(temperatures):
            house.equipment.values[TEMPERATURE] = temperature
            await house.at(10 * number + 15)
            reload(house, rules, bell=number % 2 == 1)

    assert len(writes(lively(rules, test))) == 2


def test_finally_is_still_done() -> None:
    rules = """
    - {id: a, triggers: [{becomes: living_thermostat.actualtemp > 26}],
       actions: [{set: {lamp.power: on}}], finally: [{set: {lamp.power: off}}]}
    """

    async def test(house: House) -> None:
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(15)
        reload(house, rules, bell=True)
        house.equipment.values[TEMPERATURE] = 20.0
        await house.at(25)

    assert writes(lively(rules, test)) == [(LAMP, True), (LAMP, False)]


def test_a_delay_in_progress_ends_when_it_would_have() -> None:
    async def test(house: House) -> None:
        await house.at(30)
        reload(house, DELAY, bell=True)
        await house.at(64)
        assert writes(house) == [(LAMP, True)]
        await house.at(66)

    house = lively(DELAY, test)
    assert (writes(house), house.ends) == ([(LAMP, True), (LAMP, False)], ["done"])


def test_a_rule_that_is_changed_ends_what_it_was_doing() -> None:
    async def test(house: House) -> None:
        await house.at(30)
        reload(house, DELAY.replace("1m", "2m"))
        await house.at(200)

    house = lively(DELAY, test)
    assert (writes(house), house.ends) == ([(LAMP, True)], ["broken off: the rule was changed"])


def test_a_rule_that_is_removed_ends_what_it_was_doing() -> None:
    async def test(house: House) -> None:
        await house.at(30)
        reload(house, BELL)
        await house.at(200)

    assert lively(DELAY, test).ends == ["broken off: the rule was removed"]


QUEUE = """
- {id: a, mode: queued, triggers: [{change: living_thermostat.actualtemp}],
   actions: [{press: doorbell}, {delay: 1m}]}
"""


def test_a_queue_stays_in_its_order_and_goes_on() -> None:
    async def test(house: House) -> None:
        for number, temperature in enumerate((21.0, 22.0, 23.0)):
            await house.at(10 * number + 5)
            house.equipment.values[TEMPERATURE] = temperature
        await house.at(40)
        reload(house, QUEUE, bell=True)
        assert len(writes(house)) == 1
        await house.at(200)

    house = lively(QUEUE, test)
    assert (len(writes(house)), house.ends) == (3, ["done"] * 3)


def test_a_queue_ends_with_its_rule() -> None:
    async def test(house: House) -> None:
        for number, temperature in enumerate((21.0, 22.0)):
            await house.at(10 * number + 5)
            house.equipment.values[TEMPERATURE] = temperature
        await house.at(40)
        reload(house, BELL)
        await house.at(200)

    house = lively(QUEUE, test)
    assert (len(writes(house)), house.ends) == (1, ["broken off: the rule was removed"] * 2)


def test_a_limit_goes_on_to_count() -> None:
    rules = """
    - {id: a, limit: 1 per 1h,
       triggers: [{change: living_thermostat.actualtemp}], actions: [{press: doorbell}]}
    """

    async def test(house: House) -> None:
        for number in range(5):
            house.equipment.values[TEMPERATURE] = 21.0 + number
            await house.at(10 * number + 15)
            reload(house, rules, bell=True)

    assert len(writes(lively(rules, test))) == 1


@pytest.mark.parametrize("edit", [0.499, 0.5, 0.501])
def test_a_time_that_comes_with_the_edit_is_not_missed_and_not_doubled(edit: float) -> None:
    rules = "- {id: a, triggers: [{every: 1m}], actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await asyncio.sleep(59 + edit)
        reload(house, rules, bell=True)
        await house.at(80)

    assert len(writes(lively(rules, test))) == 1


def test_times_follow_a_time_zone_that_is_changed() -> None:
    rules = '- {id: a, triggers: [{at: "13:01"}], actions: [{press: doorbell}]}'

    async def test(house: House) -> None:
        await house.at(5)
        site = house.engine.site
        moved = type(site)(
            **{name: getattr(site, name) for name in type(site).__dataclass_fields__}
            | {"timezone": type(site.timezone)("Europe/London")}
        )
        changes = house.engine.reload(moved, house.engine.rules)
        assert changes.lines == ("the time zone was changed",)
        await house.at(70)

    assert len(writes(lively(rules, test))) == 1


def test_connections_stay_open_and_values_known() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        before = len(house.equipment.reads)
        reload(house, HOLD, bell=True)
        await house.at(9)
        assert (house.equipment.closed_times, len(house.equipment.reads)) == (0, before)
        assert house.engine.state.values[TEMPERATURE] == 20.0

    lively(HOLD, test)


def test_what_is_newly_needed_is_read_at_once_and_alone() -> None:
    rules = "\n- {id: b, condition: lamp.power, actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.reads.clear()
        reload(house, HOLD + rules)
        await house.at(6)
        assert house.equipment.reads == [(LAMP,)]
        await house.at(11)
        assert house.equipment.reads[-1] == (TEMPERATURE, LAMP)

    lively(HOLD, test)


def test_what_nobody_needs_any_more_is_not_read() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.reads.clear()
        reload(house, BELL)
        await house.at(60)
        assert house.equipment.reads == []

    lively(HOLD, test)


def test_a_connection_with_other_settings_is_reopened_and_values_stay_known() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        changes = reload(house, HOLD, poll="20s")
        assert changes.lines == ("connection house was changed",)
        assert house.engine.state.values[TEMPERATURE] == 20.0
        await house.at(6)
        assert (house.equipment.closed_times, house.equipment.is_open) == (1, True)

    lively(HOLD, test)


def test_a_device_that_is_removed_is_not_known_any_more() -> None:
    rest = {name: kind for name, kind in DEVICES.items() if name != "lamp"}

    async def test(house: House) -> None:
        await house.at(5)
        changes = reload(house, BELL, devices=rest, watch=(TEMPERATURE,))
        assert changes.lines == (
            "device lamp was removed",
            "rule bell was added",
            "what is watched was changed",
        )
        await house.at(15)
        assert set(house.engine.state.values) == {TEMPERATURE}

    lively("[]", test, site={"watch": (TEMPERATURE, LAMP)})


def test_a_device_that_becomes_another_one_is_read_anew() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.hanging.add(LAMP)
        reload(house, "[]", devices=DEVICES | {"lamp": "relay"}, watch=(LAMP,))
        assert LAMP not in house.engine.state.values

    lively("[]", test, site={"watch": (LAMP,)})


def test_how_often_a_device_is_read_does_not_make_it_another_one() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        changes = reload(house, "[]", polls={"lamp": timedelta(seconds=2)}, watch=(LAMP,))
        assert changes.lines == ("device lamp was changed",)
        assert house.engine.state.values == {LAMP: False}

    lively("[]", test, site={"watch": (LAMP,)})


def test_a_poll_in_flight_is_not_asked_again_and_its_answer_counts() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        gate = house.equipment.gates[TEMPERATURE] = asyncio.Event()
        house.equipment.values[TEMPERATURE] = 22.0
        await house.at(12)
        before = len(house.equipment.reads)
        reload(house, HOLD, bell=True)
        gate.set()
        await house.at(13)
        assert (house.engine.state.values[TEMPERATURE], len(house.equipment.reads)) == (22.0, before)

    lively(HOLD, test)


def test_the_answer_to_a_poll_of_what_a_point_was_before_does_not_count() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        gate = house.equipment.gates[LAMP] = asyncio.Event()
        await house.at(12)
        del house.equipment.gates[LAMP]
        house.equipment.hanging.add(LAMP)
        reload(house, "[]", devices=DEVICES | {"lamp": "relay"}, watch=(LAMP,))
        gate.set()
        await house.at(13)
        assert LAMP not in house.engine.state.values

    lively("[]", test, site={"watch": (LAMP,)})


SLOW = """
- {id: a, triggers: [{at: "14:00:05"}], actions: [{set: {living_ac.hvacmode: cooling}}, {press: doorbell}]}
"""


def test_a_command_in_flight_comes_to_its_end_and_is_sent_once() -> None:
    async def test(house: House) -> None:
        await house.at(4)
        house.equipment.delays[MODE] = 3.0
        await house.at(5)
        for number in range(5):
            reload(house, SLOW, bell=number % 2 == 1)
        await house.at(20)

    house = lively(SLOW, test)
    assert [point for point, _ in writes(house)].count(MODE) == 1
    assert (house.ends, [receipt.outcome for receipt in house.receipts]) == (["done"], [Outcome.ACCEPTED] * 2)


def test_a_connection_is_closed_after_the_command_that_is_in_flight_on_it() -> None:
    async def test(house: House) -> None:
        await house.at(4)
        house.equipment.delays[MODE] = 3.0
        await house.at(5)
        reload(house, SLOW, timeout="6s")
        await house.at(6.5)
        assert house.equipment.closed_times == 0
        await house.at(9)
        assert house.equipment.closed_times == 1

    house = lively(SLOW, test)
    assert [receipt.outcome for receipt in house.receipts] == [Outcome.ACCEPTED] * 2


def command(house: House, point: Point, value: Value) -> Command:
    return Command(
        id=house.engine.new_id(),
        point=point,
        value=value,
        origin=Origin(OriginKind.OPERATOR, "test"),
        created_at=house.clock.now(),
    )


def test_a_command_for_a_device_that_is_removed_before_it_is_sent_is_refused() -> None:
    rest = {name: kind for name, kind in DEVICES.items() if name != "living_ac"}

    async def test(house: House) -> None:
        house.equipment.delays[MODE] = 3.0
        await house.at(5)
        house.engine.submit([command(house, MODE, "cooling")])
        await house.at(6)
        house.engine.submit([command(house, AC_POWER, False)])
        reload(house, "[]", devices=rest)
        await house.at(20)

    house = lively("[]", test)
    assert [(each.command.point, each.outcome, each.reason) for each in house.receipts] == [
        (MODE, Outcome.ACCEPTED, ""),
        (AC_POWER, Outcome.REFUSED, "it was removed from the site"),
    ]


def test_a_hundred_edits_while_readings_arrive_lose_and_double_nothing() -> None:
    rules = """
    - {id: a, mode: queued, max: 200,
       triggers: [{change: living_thermostat.actualtemp}], actions: [{press: doorbell}]}
    - {id: b,
       triggers: [{becomes: living_thermostat.actualtemp > 0, for: 30s}], actions: [{set: {lamp.power: on}}]}
    """

    async def test(house: House) -> None:
        for number in range(100):
            await house.at(number + 0.45)
            house.equipment.values[TEMPERATURE] = 1.0 + number
            reload(house, rules, bell=number % 2 == 1, watch=(SETPOINT,) * (number % 3 == 0), poll="1s")
        await house.at(103)

    house = lively(rules, test, site={"poll": "1s"})
    pressed = [point for point, _ in writes(house) if point == "doorbell.trigger"]
    lit = [point for point, _ in writes(house) if point == LAMP]
    assert (len(pressed), len(lit), house.equipment.closed_times) == (100, 1, 1)


def pushing(rules: str, test: Callable[[House], Awaitable[None]], **site: object) -> House:
    return lively(rules, test, site={"pushes": True, **site})


def test_who_is_told_of_changes_goes_on_to_hear_and_reads_what_is_new() -> None:
    rules = "\n- {id: b, condition: lamp.power, actions: [{press: doorbell}]}"

    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.reads.clear()
        reload(house, HOLD + rules, pushes=True)
        house.equipment.feeds[0].readings({TEMPERATURE: 25.0})
        await house.at(6)
        house.equipment.feeds[0].readings({LAMP: True})
        await house.at(7)
        assert house.equipment.subscribed == [(TEMPERATURE,), (TEMPERATURE, LAMP)]
        assert house.equipment.reads == [(LAMP,)]
        assert house.engine.state.values == {TEMPERATURE: 25.0, LAMP: True}
        assert len(writes(house)) == 1

    pushing(HOLD, test)


def test_who_is_told_of_the_same_changes_is_not_asked_again() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.reads.clear()
        reload(house, HOLD, bell=True, pushes=True)
        await house.at(60)
        assert (len(house.equipment.subscribed), house.equipment.reads) == (1, [])

    pushing(HOLD, test)


def test_who_is_told_of_changes_and_needed_no_more_is_not_heard() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        feed = house.equipment.feeds[0]
        reload(house, BELL, pushes=True)
        feed.readings({TEMPERATURE: 30.0})
        await house.at(6)
        assert house.engine.state.values[TEMPERATURE] == 20.0

    pushing(HOLD, test)


OFF = """
- {id: a, enabled: false,
   triggers: [{becomes: living_thermostat.actualtemp > 26}], actions: [{press: doorbell}]}
"""


def test_a_rule_that_is_off_in_its_file_works_once_it_is_switched_on() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        assert house.equipment.reads == []
        house.engine.runner.switch("a", is_on=True, by="hand")
        await house.at(6)
        assert house.equipment.reads == [(TEMPERATURE,)]
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(25)

    assert len(writes(lively(OFF, test))) == 1


def test_a_rule_that_was_switched_on_works_after_a_restart_and_a_reload() -> None:
    async def switch(house: House) -> None:
        await house.at(5)
        house.engine.runner.switch("a", is_on=True, by="hand")
        await house.at(15)

    first = lively(OFF, switch)

    async def test(house: House) -> None:
        await house.at(5)
        reload(house, OFF, bell=True)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(25)

    assert len(writes(lively(OFF, test, journal=first.journal))) == 1


def test_a_rule_that_another_one_switches_on_works() -> None:
    rules = OFF + '\n- {id: b, triggers: [{at: "14:00:05"}], actions: [{enable: a}]}'

    async def test(house: House) -> None:
        await house.at(8)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(25)

    assert len(writes(lively(rules, test))) == 1


def test_the_journal_says_what_was_edited_and_when() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        reload(house, HOLD.replace("1m", "2m"), bell=True)

    house = lively(HOLD + DELAY.replace("id: a", "id: b"), test)
    (found,) = house.found(Reload)
    lines = ("rule bell was added", "rule a was changed", "rule b was removed")
    assert found == Reload(START + timedelta(seconds=5.001), lines)


def test_nothing_is_said_of_an_edit_that_changes_nothing() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        assert reload(house, HOLD).lines == ()

    lively(HOLD, test)


def test_equipment_is_closed_once_after_edits() -> None:
    equipment = FakeEquipment(values=dict(VALUES))

    async def test(house: House) -> None:
        await house.at(5)
        reload(house, HOLD, bell=True)
        await house.at(6)

    live(HOLD, test, equipment=equipment)
    assert equipment.closed_times == 1
