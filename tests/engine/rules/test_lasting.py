"""What must last: changes with ``for``, dips that do not count, computed times, and restarts in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from interlock.model import Value
from interlock.rules.triggers import FOR_EVER
from support.rule_house import (
    MINUTE,
    POWER,
    START,
    TEMPERATURE,
    WINDOW,
    FakeExpression,
    House,
    becomes,
    change,
    fired,
    is_on,
    rule,
    truths,
)


def fires_at(
    house: House, steps: list[tuple[float, dict[object, Value | None]]], until: float
) -> list[float]:
    """Read values at their minutes, and let each timer come when it is due; return when the rule fired."""
    found: list[float] = []
    todo = [*steps, (until, {})]
    for minute, values in todo:
        while house.timers and min(house.timers.values()) <= START + minute * MINUTE:
            key, due = min(house.timers.items(), key=lambda item: item[1])
            house.wait((due - START) / MINUTE - house.uptime / MINUTE)
            found += [house.uptime / MINUTE] * len(fired(house.timer(key)))
        house.wait(minute - house.uptime / MINUTE)
        if values:
            found += [minute] * len(fired(house.read(values)))  # type: ignore[arg-type]
    return found


def change_house(**options: object) -> House:
    return House([rule("r", change(TEMPERATURE, hold=5 * MINUTE, **options))])


def temperatures(*readings: tuple[float, Value | None]) -> list[tuple[float, dict[object, Value | None]]]:
    return [(minute, {TEMPERATURE: value}) for minute, value in readings]


@pytest.mark.parametrize(
    ("options", "readings", "expected"),
    [
        ({}, [(0, 20), (1, 21)], [6]),
        ({}, [(0, 20), (1, 21), (4, 22)], [9]),
        ({}, [(0, 20), (1, 21), (3, 21), (20, 21)], [6]),
        ({}, [(0, 20), (1, 21), (7, 22)], [6, 12]),
        ({}, [(0, 20)], []),
        ({}, [(0, 20), (1, 21), (3, None), (13, 21)], [16]),
        ({}, [(0, 20), (1, 21), (3, None), (13, 22)], [18]),
        ({"above": 26}, [(0, 20), (1, 27), (3, 28)], [6]),
        ({"above": 26}, [(0, 20), (1, 27), (3, 26), (4, 27)], [9]),
        ({"above": 26, "below": 30}, [(0, 20), (1, 27), (3, 31), (4, 27)], [9]),
        ({"went_to": (21, 22)}, [(0, 20), (1, 21), (3, 22)], [6]),
        ({"went_to": (21, 22)}, [(0, 20), (1, 21), (3, 20)], []),
        ({"came_from": (20,)}, [(0, 20), (1, 21), (3, 22)], []),
    ],
)
def test_a_change_must_last(
    options: dict[str, object], readings: list[tuple[float, Value | None]], expected: list[float]
) -> None:
    assert fires_at(change_house(**options), temperatures(*readings), 30) == expected


def test_it_says_what_changed_and_from_what() -> None:
    house = change_house()
    fires_at(house, temperatures((0, 20), (1, 21)), 5)
    house.wait(1)
    (decision,) = house.timer("r/0/living.temperature/for").decisions
    assert (decision.cause.point, decision.cause.value, decision.cause.was) == (TEMPERATURE, 21, 20)


@pytest.mark.parametrize(("after", "expected"), [(21, [13]), (22, [])])
def test_the_time_out_of_service_does_not_count(after: Value, expected: list[float]) -> None:
    house = change_house(went_to=(21,))
    fires_at(house, temperatures((0, 20), (1, 21)), 3)
    known = [house.reading(TEMPERATURE, 21)]
    house.wait(7)
    house.start(down_since=START + 3 * MINUTE)
    house.state.remember(known)
    assert fires_at(house, temperatures((10, after)), 30) == expected


def test_a_takeover_goes_on_counting() -> None:
    house = change_house()
    fires_at(house, temperatures((0, 20), (1, 21)), 3)
    house.memory.update(house.evaluator.memory_at(house.state))
    state = house.state
    house.start(down_since=house.now)
    house.state = state
    house.keep(house.evaluator.on_takeover(state))
    assert fires_at(house, [], 30) == [6]


def test_an_edited_change_begins_anew() -> None:
    house = change_house()
    fires_at(house, temperatures((0, 20), (1, 21)), 3)
    house.rules = [rule("r", change(TEMPERATURE, hold=5 * MINUTE, text="another"))]
    house.start(down_since=house.now)
    assert fires_at(house, temperatures((3, 21)), 30) == []


def dipping(readings: str, dip: timedelta, hold: float = 3) -> list[float]:
    house = House([rule("r", becomes(is_on(POWER), hold=hold * MINUTE, dip=dip))])
    steps = [(float(minute), {POWER: value}) for minute, value in enumerate(truths(readings))]
    return fires_at(house, steps, len(readings) + 10)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("readings", "dip", "expected"),
    [
        ("1", 2 * MINUTE, [3]),
        ("101", 2 * MINUTE, [4]),
        ("10101", 2 * MINUTE, [5]),
        ("1001", 2 * MINUTE, [6]),
        ("10001", 2 * MINUTE, [7]),
        ("1000001", FOR_EVER, [8]),
        ("10?01", 3 * MINUTE, [6]),
        ("10?0?01", 4 * MINUTE, [8]),
        ("10?001", 3 * MINUTE, [8]),
        ("1?1", 2 * MINUTE, [4]),
        ("111110111", 2 * MINUTE, [3, 9]),
        ("0", 2 * MINUTE, []),
        ("10", 2 * MINUTE, []),
    ],
)
def test_dips_do_not_count(readings: str, dip: timedelta, expected: list[float]) -> None:
    assert dipping(readings, dip) == expected


def test_without_dips_a_false_sets_back() -> None:
    assert dipping("101", timedelta()) == [5]


def test_a_dip_is_counted_over_a_restart() -> None:
    house = House([rule("r", becomes(is_on(POWER), hold=5 * MINUTE, dip=3 * MINUTE))])
    fires_at(house, [(0, {POWER: True}), (2, {POWER: False})], 4)
    house.wait(60)
    house.start(down_since=START + 4 * MINUTE)
    assert fires_at(house, [(64, {POWER: True})], 100) == [67]


def minutes_of(point: object) -> FakeExpression:
    return FakeExpression("minutes", frozenset({point}), lambda values: values[point] * MINUTE)  # type: ignore[arg-type, index, operator]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(0, {POWER: True, TEMPERATURE: 5})], [5]),
        ([(0, {POWER: True, TEMPERATURE: 5}), (2, {TEMPERATURE: 8})], [8]),
        ([(0, {POWER: True, TEMPERATURE: 5}), (3, {TEMPERATURE: 2})], [3]),
        ([(0, {POWER: True}), (9, {TEMPERATURE: 5})], [9]),
        ([(0, {POWER: True, TEMPERATURE: 5}), (2, {TEMPERATURE: None})], []),
    ],
)
def test_how_long_may_be_what_a_point_says(
    steps: list[tuple[float, dict[object, Value | None]]], expected: list[float]
) -> None:
    house = House([rule("r", becomes(is_on(POWER), hold=minutes_of(TEMPERATURE)))])
    assert fires_at(house, steps, 30) == expected
    lasting = House([rule("r", change(POWER, went_to=(True,), hold=minutes_of(TEMPERATURE)))])
    assert fires_at(lasting, [(0, {POWER: False}), (0, {WINDOW: True}), *steps], 30) == expected


def test_what_is_no_duration_never_lasts() -> None:
    words = FakeExpression("words", frozenset({TEMPERATURE}), lambda values: "soon")
    house = House([rule("r", becomes(is_on(POWER), hold=words))])
    assert fires_at(house, [(0, {POWER: True, TEMPERATURE: 1})], 30) == []
