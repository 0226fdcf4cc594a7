"""The state as it would be if points held other values."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.expressions.view import NOBODY, Sample
from interlock.model import Point, Reading, Value
from interlock.rules.state import State
from interlock.runtime.commands.supposed import Supposed

LAMP, FAN, DOOR = Point("lamp.power"), Point("fan.power"), Point("door.power")
START = datetime(2026, 7, 14, 12, tzinfo=UTC)
LATER = START + timedelta(minutes=5)


def state() -> State:
    made = State(ZoneInfo("Europe/Rome"), START)
    made.keep_past({LAMP: timedelta(hours=1), FAN: timedelta(hours=1)}, {})
    made.apply([Reading(point=each, value=False, observed_at=START) for each in (LAMP, FAN)], START)
    made.now = LATER
    return made


def supposing(supposed: Mapping[Point, Value | None]) -> Supposed:
    return Supposed(state(), (LAMP, FAN, DOOR), supposed)


def test_only_the_points_that_are_read_have_values() -> None:
    assert supposing({}).values == {LAMP: False, FAN: False}
    assert Supposed(state(), (LAMP,), {}).values == {LAMP: False}


def test_what_is_supposed_takes_the_place_of_what_is_known() -> None:
    assert supposing({LAMP: True, DOOR: True}).values == {LAMP: True, FAN: False, DOOR: True}


def test_what_is_supposed_to_be_unknown_has_no_value() -> None:
    assert supposing({LAMP: None}).values == {FAN: False}


def test_what_is_supposed_begins_now() -> None:
    view = supposing({LAMP: True})
    assert view.reading(LAMP) == Reading(point=LAMP, value=True, observed_at=LATER)
    assert (view.changed_at(LAMP), view.good_at(LAMP), view.previous(LAMP)) == (LATER, LATER, False)
    assert list(view.samples(LAMP)) == [Sample(START, False), Sample(LATER, True)]


def test_what_is_supposed_to_stay_as_it_is_has_its_own_past() -> None:
    view, real = supposing({LAMP: False}), state()
    assert (view.changed_at(LAMP), view.good_at(LAMP), view.previous(LAMP)) == (START, START, None)
    assert view.reading(LAMP) == real.reading(LAMP)
    assert list(view.samples(LAMP)) == [Sample(START, False)]


def test_time_and_place_are_those_of_the_state() -> None:
    view = supposing({})
    assert (view.now, view.timezone, view.around) == (LATER, ZoneInfo("Europe/Rome"), NOBODY)
