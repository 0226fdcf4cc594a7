"""What is remembered of firings, however many there were."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from interlock.rules.rule import Limit, Rule
from interlock.runtime.firings.brakes import RUNAWAY, Brakes
from support.fake_driver import FakeEquipment
from support.fake_rules import rules_of
from support.fake_site import fake_site

START = datetime(2026, 7, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def rule() -> Rule:
    text = "- {id: a, triggers: [{every: 1s}], actions: [{set: {lamp.power: on}}]}"
    [found] = rules_of(fake_site(FakeEquipment()), text)
    return found


def fire(brakes: Brakes, rule: Rule, times: int, *, begin: int = 0) -> None:
    """Let a rule fire once a second."""
    for second in range(begin, begin + times):
        brakes.note(rule, START + second * SECOND, second * SECOND)


def test_nothing_is_known_of_a_rule_that_never_fired(rule: Rule) -> None:
    brakes = Brakes()
    assert (brakes.fired_at("a"), brakes.count_since(rule, START)) == (None, 0)


@pytest.mark.parametrize("times", [1, 999, 1000, 2000, 2001, 3500])
def test_the_last_thousand_firings_are_known_at_least(rule: Rule, times: int) -> None:
    brakes = Brakes()
    fire(brakes, rule, times)
    assert brakes.fired_at("a") == START + (times - 1) * SECOND
    last = min(times, 1000)
    assert brakes.count_since(rule, START + (times - last) * SECOND) == last


def test_a_limit_of_many_firings_holds_after_many_more(rule: Rule) -> None:
    brakes, limited = Brakes(), replace(rule, limit=Limit(count=1500, period=timedelta(seconds=1600)))
    held = []
    for second in range(4000):
        if brakes.holds_back(limited, second * SECOND):
            held.append(second)
        else:
            fire(brakes, limited, 1, begin=second)
    assert held == [*range(1500, 1600), *range(3100, 3200)]


def test_a_rule_that_was_slow_for_long_is_stopped_where_it_runs_away(rule: Rule) -> None:
    brakes, hour = Brakes(), timedelta(hours=1)
    assert not any(brakes.runs_away(rule, number * SECOND) for number in range(900))
    ran = [brakes.runs_away(rule, hour + number * SECOND / 100) for number in range(RUNAWAY.count + 1)]
    assert ran == [False] * RUNAWAY.count + [True]
    assert brakes.rests(rule, hour + 10 * SECOND) and not brakes.rests(rule, 2 * hour)
