"""Where the sun stands, against almanacs and astral's own times, and at the poles."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sun import (
    HORIZON,
    Direction,
    Passage,
    Place,
    Turn,
    azimuth,
    elevation,
    next_passage,
    next_turn,
)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ROME, TROMSO, POLE = Place(41.9, 12.5), Place(69.65, 18.96), Place(-90, 0)
SUNRISE, SUNSET = Passage(HORIZON, Direction.RISING), Passage(HORIZON, Direction.SETTING)
PLACES = st.builds(Place, st.floats(-89, 89), st.floats(-180, 180))
INSTANTS = st.integers(0, 20 * 365 * 1440).map(
    lambda minutes: when("2020-01-01") + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("place", "passage", "after", "expected"),
    [
        # US Naval Observatory, to the minute.
        (ROME, SUNRISE, "2026-06-21T00:00", "2026-06-21T03:35"),
        (ROME, SUNSET, "2026-06-21T00:00", "2026-06-21T18:48"),
        (Place(-33.87, 151.21), SUNRISE, "2026-12-21T00:00", "2026-12-21T18:42"),
        # Tromso: the sun stays away from the end of November to the middle of January.
        (TROMSO, SUNRISE, "2026-12-01T00:00", "2027-01-15T10:34"),
    ],
)
def test_sunrise_and_sunset_are_the_almanacs(
    place: Place, passage: Passage, after: str, expected: str
) -> None:
    found = next_passage(place, passage, when(after))
    assert found is not None
    assert abs(found - when(expected)) <= timedelta(minutes=2)


def test_the_sun_rises_once_a_year_at_the_pole() -> None:
    found = next_passage(POLE, SUNRISE, when("2026-05-01T00:00"))
    assert found is not None
    assert when("2026-09-20T00:00") < found < when("2026-09-25T00:00")


def test_a_height_that_is_never_reached_is_never_passed() -> None:
    assert next_passage(ROME, Passage(80, Direction.RISING), when("2026-01-01T00:00")) is None


@given(PLACES, INSTANTS, st.floats(-20, 40), st.sampled_from(Direction), st.booleans())
def test_at_a_passage_the_sun_crosses_the_height(
    place: Place, after: datetime, height: float, direction: Direction, is_refracted: bool
) -> None:
    found = next_passage(place, Passage(height, direction, is_refracted), after)
    if found is None:
        return
    assert found > after
    if is_refracted:
        before, since = elevation(place, found - timedelta(seconds=2)), elevation(place, found)
        assert (before <= height <= since) or (before >= height >= since) or abs(since - height) < 0.1


@given(PLACES, INSTANTS, st.sampled_from(Turn))
def test_a_turn_comes_once_a_day(place: Place, after: datetime, turn: Turn) -> None:
    first = next_turn(place, turn, after)
    second = next_turn(place, turn, first)
    assert after < first <= after + timedelta(days=1, minutes=2)
    assert abs(second - first - timedelta(days=1)) < timedelta(minutes=2)


def test_noon_is_higher_than_midnight() -> None:
    after = when("2026-06-01T00:00")
    heights = [elevation(ROME, next_turn(ROME, turn, after)) for turn in (Turn.NOON, Turn.MIDNIGHT)]
    assert heights == [pytest.approx(70.2, abs=0.2), pytest.approx(-26, abs=0.3)]


def test_the_sun_stands_in_the_south_at_noon() -> None:
    assert azimuth(ROME, next_turn(ROME, Turn.NOON, when("2026-03-01T00:00"))) == pytest.approx(180, abs=0.5)


def test_each_of_the_two_hours_of_the_night_when_clocks_go_back_has_a_sun_of_its_own() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Rome"))
    second = first.replace(fold=1)
    for ask in (elevation, azimuth):
        assert [ask(ROME, each) for each in (first, second)] == [
            ask(ROME, each.astimezone(UTC)) for each in (first, second)
        ]
        assert ask(ROME, first) != ask(ROME, second)
