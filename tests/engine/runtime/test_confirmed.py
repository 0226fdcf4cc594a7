"""What is polled and as it was is told at once, and whoever has to see each reading still does."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.errors import DriverError, ServerFault, TimedOut
from interlock.history.records import Firing, Step
from interlock.model import Point, Receipt, Value
from support.engine_house import AC_POWER, LAMP, LEVEL, MODE, SETPOINT, START, TEMPERATURE, House, live
from support.fake_driver import FakeEquipment

POLL = 10
ALL = (TEMPERATURE, SETPOINT, MODE, AC_POWER, LAMP, LEVEL)
FIRST: dict[Point, Value] = {
    TEMPERATURE: 22.0,
    SETPOINT: 20.0,
    MODE: "auto",
    AC_POWER: False,
    LAMP: False,
    LEVEL: 0,
}
RULES = """
- {id: told, triggers: [{update: living_thermostat.actualtemp}], actions: [{log: "{{ trigger.value }}"}]}
- {id: old, condition: "age('lamp.power') > '25s'", actions: [{log: old}]}
- {id: rest, condition: "changed_for('lamp.power') >= '42s'", actions: [{log: rests}]}
- id: cool
  while: living_thermostat.actualtemp > 26
  until: living_thermostat.actualtemp < 24
  keep: {living_ac.hvacpower: on}
- id: comfort
  triggers: [{becomes: lamp.power}]
  actions:
    - set: {living_thermostat.setpoint: 21.5}
    - verify: {living_thermostat.setpoint: 21.5, within: 30s, else: [{log: no comfort}]}
- id: dim
  triggers: [{change: living_ac.hvacmode}]
  actions:
    - wait: lamp.powerlevel > 10
      timeout: 1m
      on_timeout: continue
    - set: {lamp.powerlevel: 5}
"""
ACTS = st.one_of(
    st.tuples(st.just(TEMPERATURE), st.sampled_from([22.0, 25.0, 27.0])),
    st.tuples(st.just(SETPOINT), st.sampled_from([20.0, 21.5, 21.0])),
    st.tuples(st.just(MODE), st.sampled_from(["auto", "cooling"])),
    st.tuples(st.sampled_from([AC_POWER, LAMP]), st.booleans()),
    st.tuples(st.just(LEVEL), st.integers(0, 20)),
    st.tuples(st.sampled_from(ALL), st.sampled_from([ServerFault("rubbish"), TimedOut("slow"), None])),
    st.tuples(st.sampled_from([AC_POWER, SETPOINT]), st.just("deaf")),
)


def lived(acts: Sequence[tuple[Point, object]], *, is_each_seen: bool) -> list[object]:
    """Return what a house says and does while these things happen, twelve seconds apart."""

    async def test(house: House) -> None:
        if is_each_seen:
            house.engine._control.attended = lambda: ALL  # type: ignore[method-assign]
        for number, (point, what) in enumerate(acts):
            await house.at(12 * number + 5)
            happen(house.equipment, point, what)
        await house.at(12 * len(acts) + 120)

    house = live(RULES, test, values=dict(FIRST), site={"watch": ALL})
    kinds = (Firing, Step, Receipt)
    return [each for each in house.journal.entries if isinstance(each, kinds)]


def happen(equipment: FakeEquipment, point: Point, what: object) -> None:
    if what == "deaf":
        equipment.deaf ^= {point}
    elif isinstance(what, DriverError):
        equipment.errors[point] = what
    elif what is None:
        equipment.errors.pop(point, None)
    else:
        equipment.values[point] = what  # type: ignore[assignment]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTS, max_size=10))
def test_rules_and_commands_are_the_same_as_if_each_reading_were_told(
    acts: list[tuple[Point, object]],
) -> None:
    assert lived(acts, is_each_seen=False) == lived(acts, is_each_seen=True)


def test_what_nobody_waits_for_is_not_attended_to() -> None:
    seen: list[set[Point]] = []

    async def test(house: House) -> None:
        await house.at(25)
        seen.append(set(house.engine._control.attended()))

    live("[{id: warm, condition: lamp.power, actions: [{launch: evening}]}]", test, values=dict(FIRST))
    assert seen == [set()]


def attended_after(rules: str, seconds: float, **options: object) -> set[Point]:
    """Return of which points each reading counts, after the temperature rose to 27 at 15 s."""
    seen: list[set[Point]] = []

    async def test(house: House) -> None:
        await house.at(15)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(seconds)
        seen.append(set(house.engine._control.attended()))

    live(rules, test, values=dict(FIRST), **options)  # type: ignore[arg-type]
    return seen[0]


KEEPING = "[{id: cool, while: living_thermostat.actualtemp > 26, keep: {living_ac.hvacpower: on}}]"


def test_a_kept_point_that_shows_what_is_kept_is_not_attended_to() -> None:
    assert attended_after(KEEPING, 19) == attended_after(KEEPING, 21) == set()


def test_a_kept_point_that_does_not_obey_is_attended_to() -> None:
    async def test(house: House) -> None:
        house.equipment.deaf.add(AC_POWER)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(200)
        assert AC_POWER in house.engine._control.attended()
        assert house.equipment.writes.count((AC_POWER, True)) > 1

    live(KEEPING, test, values=dict(FIRST))


def test_a_number_that_was_asked_for_is_attended_to_until_it_is_read_again() -> None:
    rules = """
    - id: a
      condition: living_thermostat.actualtemp > 26
      actions: [{set: {living_thermostat.setpoint: 21}}]
    """
    assert attended_after(rules, 21) == {SETPOINT}
    assert attended_after(rules, 31) == set()


def test_what_a_firing_waits_for_is_attended_to() -> None:
    rules = """
    - id: a
      condition: living_thermostat.actualtemp > 26
      actions: [{wait: lamp.power and lamp.powerlevel > 3, timeout: 15s, on_timeout: stop}]
    """
    assert attended_after(rules, 21) == {LAMP, LEVEL}
    assert attended_after(rules, 36) == set()


def test_what_updates_a_rule_is_attended_to() -> None:
    rules = "[{id: a, triggers: [{update: lamp.power}], actions: [{log: x}]}]"
    assert attended_after(rules, 21) == {LAMP}


@pytest.mark.parametrize("seconds", [31, 95])
def test_a_confirmed_reading_is_as_old_as_its_last_poll(seconds: float) -> None:
    async def test(house: House) -> None:
        await house.at(seconds)
        reading = house.engine.state.reading(LAMP)
        assert reading is not None
        last_poll = START + timedelta(seconds=seconds // POLL * POLL)
        assert (reading.observed_at, house.engine.state.good_at(LAMP)) == (last_poll, last_poll)

    live("[]", test, values=dict(FIRST), site={"watch": ALL})
