"""What was so, and not for as long as it has to be: near misses that say how near."""

from datetime import timedelta

import pytest

from interlock.rules.rule import Verdict
from support.keep_house import VALVE, keeping
from support.rule_house import (
    MINUTE,
    POWER,
    TEMPERATURE,
    FakeExpression,
    House,
    becomes,
    change,
    fired,
    is_on,
    rule,
    truths,
)


def broken(house: House, readings: str, minutes: float = 2) -> list[str]:
    """Read one truth after the other, so many minutes apart; return what is said of holds."""
    said = []
    for value in truths(readings):
        decisions = house.read({POWER: value}).decisions
        said += [each.note for each in decisions if each.verdict is Verdict.HOLD_BROKEN]
        house.wait(minutes)
    return said


def test_what_was_true_for_four_of_five_minutes_says_so() -> None:
    house = House([rule("r", becomes(is_on(POWER), hold=5 * MINUTE))])
    house.read({POWER: True})
    house.wait(4)
    [decision] = house.read({POWER: False}).decisions
    assert (decision.verdict, decision.truth) == (Verdict.HOLD_BROKEN, False)
    assert decision.reason == "becomes living.power: it lasted 4m of 5m (living.power = off)"


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ("10", ["it lasted 2m of 5m"]),
        ("1?0", ["it lasted 2m of 5m"]),
        ("110", ["it lasted 4m of 5m"]),
        ("1010", ["it lasted 2m of 5m"] * 2),
        ("100", ["it lasted 2m of 5m"]),
        ("1", []),
        ("01", []),
        ("?0", []),
    ],
)
def test_each_hold_that_ends_too_early_is_told_once(readings: str, expected: list[str]) -> None:
    assert broken(House([rule("r", becomes(is_on(POWER), hold=5 * MINUTE))]), readings) == expected


def test_a_hold_that_was_long_enough_is_no_near_miss() -> None:
    house = House([rule("r", becomes(is_on(POWER), hold=5 * MINUTE))])
    house.read({POWER: True})
    house.wait(5)
    assert fired(house.timer("r/0")) == ["r"]
    assert broken(house, "0") == []


def test_what_needs_no_time_breaks_none() -> None:
    assert broken(House([rule("r", becomes(is_on(POWER)))]), "1010") == []


def test_a_dip_that_is_let_pass_breaks_nothing_until_it_is_too_long() -> None:
    trigger = becomes(is_on(POWER), hold=10 * MINUTE, dip=3 * MINUTE)
    assert broken(House([rule("r", trigger)]), "101") == []
    assert broken(House([rule("r", trigger)]), "1001") == ["it lasted 2m of 10m"]


def test_a_time_that_is_not_known_is_said_to_be_unknown() -> None:
    hold = FakeExpression("minutes", frozenset({TEMPERATURE}), lambda values: None)
    assert broken(House([rule("r", becomes(is_on(POWER), hold=hold))]), "10") == [
        "it lasted 2m of a time that is unknown"
    ]


def test_seconds_are_not_split_where_there_are_any() -> None:
    house = House([rule("r", becomes(is_on(POWER), hold=5 * MINUTE))])
    assert broken(house, "10", minutes=1.0125) == ["it lasted 1m of 5m"]
    house = House([rule("r", becomes(is_on(POWER), hold=timedelta(seconds=1)))])
    assert broken(house, "10", minutes=0.005) == ["it lasted 300ms of 1s"]


def test_a_change_that_did_not_last_says_what_it_became() -> None:
    house = House([rule("r", change(TEMPERATURE, hold=5 * MINUTE, above=26))])
    house.read({TEMPERATURE: 20.0})
    house.read({TEMPERATURE: 27.0})
    house.wait(3)
    [decision] = house.read({TEMPERATURE: 25.0}).decisions
    assert (decision.verdict, decision.note) == (Verdict.HOLD_BROKEN, "it lasted 3m of 5m")
    assert (decision.cause.point, decision.cause.was, decision.cause.value) == (TEMPERATURE, 27.0, 25.0)
    house.wait(1)
    assert house.read({TEMPERATURE: 24.0}).decisions == ()


def test_what_is_kept_only_after_a_time_says_so_too() -> None:
    house = House([keeping("r", {VALVE: True}, is_on(POWER), hold=5 * MINUTE)])
    house.keep(house.evaluator.on_start(house.state))
    house.read({POWER: True})
    house.wait(4)
    [decision] = house.read({POWER: False}).decisions
    assert decision.verdict is Verdict.HOLD_BROKEN
    assert decision.reason == "while: it lasted 4m of 5m (living.power = off)"


def test_what_is_kept_and_ends_breaks_no_hold() -> None:
    house = House([keeping("r", {VALVE: True}, is_on(POWER), hold=5 * MINUTE)])
    house.keep(house.evaluator.on_start(house.state))
    house.read({POWER: True})
    house.wait(5)
    house.timer("r/(keep)")
    house.wait(1)
    assert house.read({POWER: False}).decisions == ()
