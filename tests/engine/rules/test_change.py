"""Which changes a change trigger asks for."""

from __future__ import annotations

import pytest

from interlock.model import Value
from interlock.rules.memory import TriggerMemory
from support.rule_house import POWER, TEMPERATURE, WINDOW, House, change, fired, firings, rule

BASE = f"r/0/{TEMPERATURE}"


def watching(**limits: object) -> House:
    return House([rule("r", change(TEMPERATURE, **limits))])


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ((20.0,), "."),
        ((20.0, 20.0), ".."),
        ((20.0, 21.0), ".!"),
        ((20.0, None, 20.0), "..."),
        ((20.0, None, 21.0), "..!"),
        ((None, 20.0), ".."),
        ((20.0, 21.0, None), ".!."),
        ((20.0, 21.0, 20.0), ".!!"),
    ],
)
def test_only_another_known_value_is_a_change(readings: tuple[Value | None, ...], expected: str) -> None:
    assert firings(watching(), TEMPERATURE, readings) == expected


def test_the_first_value_after_a_restart_is_no_change_where_nothing_was_known() -> None:
    house = watching()
    firings(house, TEMPERATURE, (20.0,))
    house.start(down_since=house.now)
    assert firings(house, TEMPERATURE, (21.0, 22.0)) == ".!"


@pytest.mark.parametrize(
    ("limits", "known", "readings", "expected"),
    [
        ({}, 20.0, (20.0,), "."),
        ({}, 20.0, (21.0, 21.0), "!."),
        ({}, 20.0, (None, 21.0), ".!"),
        ({}, 20.0, (None, 20.0), ".."),
        ({"came_from": (20.0,)}, 20.0, (21.0,), "!"),
        ({"came_from": (20.0,)}, 19.0, (21.0,), "."),
        ({"above": 26}, 25.0, (27.0,), "!"),
        ({"above": 26}, 27.0, (28.0,), "."),
        ({"by": 0.5}, 20.0, (20.4, 20.5), ".!"),
        ({"by": 0.5}, 20.0, (20.6,), "!"),
        ({"by": 0.5}, None, (20.6,), "."),
    ],
)
def test_the_first_value_after_a_restart_is_compared_with_the_last_known_one(
    limits: dict[str, object], known: float | None, readings: tuple[float | None, ...], expected: str
) -> None:
    house = watching(**limits)
    if known is not None:
        house.state.remember([house.reading(TEMPERATURE, known)])
    assert firings(house, TEMPERATURE, readings) == expected


def test_there_and_back_within_one_batch_is_no_change() -> None:
    house = watching()
    house.read({TEMPERATURE: 20.0})
    changes = house.state.apply(
        [house.reading(TEMPERATURE, 21.0), house.reading(TEMPERATURE, 20.0)], house.now
    )
    assert house.evaluator.on_changes(changes, house.state).decisions == ()


@pytest.mark.parametrize(
    ("limits", "readings", "expected"),
    [
        ({"came_from": ("auto",)}, ("auto", "cooling", "heating"), ".!."),
        ({"went_to": ("cooling", "dry")}, ("auto", "cooling", "heating", "dry"), ".!.!"),
        ({"came_from": ("auto",), "went_to": ("cooling",)}, ("auto", "dry", "auto", "cooling"), "...!"),
        ({"went_to": ("cooling",)}, ("auto", None, "cooling"), "..!"),
        ({"above": 26}, (25.0, 26.0, 26.1, 27.0, 25.0, 27.0), "..!..!"),
        ({"above": 26}, (27.0, 28.0), ".."),
        ({"below": 18}, (19.0, 18.0, 17.9, 17.0, 19.0, 17.0), "..!..!"),
        ({"above": 18, "below": 26}, (17.0, 20.0, 21.0, 27.0, 25.0, 18.0), ".!..!."),
        ({"above": 26}, (25.0, None, 27.0), "..!"),
        ({"by": 0.5}, (20.0, 20.3, 20.4, 20.5, 20.9, 21.0, 20.6, 20.5), "...!.!.!"),
        ({"by": 0.1}, (20.0, 20.1, 20.2, 20.3), ".!!!"),
        ({"by": 1}, (20.0, None, 20.5, 21.0), "...!"),
        ({"by": 2, "above": 25}, (20.0, 24.0, 25.5), "..!"),
        ({"by": 2, "above": 25}, (24.0, 25.5, 24.5, 26.0, 27.0, 25.0, 28.0), "...!..!"),
    ],
)
def test_limits(limits: dict[str, object], readings: tuple[Value | None, ...], expected: str) -> None:
    assert firings(watching(**limits), TEMPERATURE, readings) == expected


def test_a_word_is_neither_above_nor_below() -> None:
    assert firings(watching(above=1), TEMPERATURE, ("low", "high")) == ".."


def test_a_distance_is_measured_across_a_restart() -> None:
    house = watching(by=0.5)
    firings(house, TEMPERATURE, (20.0, 20.3))
    house.start(down_since=house.now)
    assert firings(house, TEMPERATURE, (20.6, 20.9)) == "!."


def test_what_a_distance_remembers() -> None:
    house = watching(by=0.5)
    outcomes = [house.read({TEMPERATURE: value}).memory for value in (20.0, 20.3, 20.5)]
    text = f"change {TEMPERATURE}"
    assert outcomes == [
        ((BASE, TriggerMemory(text=text, base=20.0)),),
        (),
        ((BASE, TriggerMemory(text=text, base=20.5)),),
    ]


def test_the_distance_of_a_trigger_that_was_rewritten_starts_anew() -> None:
    house = watching(by=0.5)
    firings(house, TEMPERATURE, (20.0,))
    house.rules = [rule("r", change(TEMPERATURE, by=0.2, text="rewritten"))]
    house.start(down_since=house.now)
    assert firings(house, TEMPERATURE, (20.6, 20.8)) == ".!"


def test_each_point_of_a_list_has_its_own_distance() -> None:
    other = WINDOW
    house = House([rule("r", change(TEMPERATURE, other, by=1))])
    house.read({TEMPERATURE: 20.0, other: 5.0})
    assert fired(house.read({TEMPERATURE: 20.9, other: 5.9})) == []
    assert fired(house.read({other: 6.0})) == ["r"]
    assert fired(house.read({TEMPERATURE: 20.95})) == []


def test_a_change_of_any_point_of_a_list_is_one() -> None:
    house = House([rule("r", change(POWER, WINDOW))])
    house.read({POWER: False, WINDOW: False})
    assert fired(house.read({WINDOW: True})) == fired(house.read({POWER: True})) == ["r"]
