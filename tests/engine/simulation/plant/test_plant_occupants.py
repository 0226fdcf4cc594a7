"""People keep to their week, a little earlier or later each day, and open windows for a reason."""

import random
from datetime import date

import pytest

from interlock.simulation.plant.occupants import (
    HOME,
    HOTEL_ROOM,
    OFFICE,
    SHOP,
    WORKDAYS,
    Occupants,
    Presence,
    Stay,
    WindowHabit,
)

MONDAY = date(2026, 1, 12).toordinal()
SUNDAY = MONDAY + 6
EXACT = Occupants(
    4, week=(Stay(days=WORKDAYS, from_h=8, to_h=12), Stay(from_h=10, to_h=14, share=0.5)), jitter_h=0
)


@pytest.mark.parametrize(
    ("day", "hour", "people"),
    [
        (MONDAY, 7.99, 0),
        (MONDAY, 8, 4),
        (MONDAY, 11, 4),
        (MONDAY, 12, 2),
        (MONDAY, 13.99, 2),
        (MONDAY, 14, 0),
        (MONDAY + 4, 8, 4),
        (MONDAY + 5, 8, 0),
        (SUNDAY, 9, 0),
        (SUNDAY, 10, 2),
    ],
)
def test_a_share_of_them_is_there_by_day_and_hour(day: int, hour: float, people: int) -> None:
    assert Presence(EXACT, "s").count(day, hour) == people


def test_it_says_until_when_that_holds() -> None:
    presence, seen = Presence(EXACT, "s"), []
    for hour in (0, 9, 11, 13, 23):
        presence.count(MONDAY, hour)
        seen.append(presence.until_h)
    assert seen == [8, 10, 12, 14, 24]


def test_a_stay_is_of_one_person_at_least() -> None:
    assert Presence(Occupants(1, week=(Stay(share=0.2),)), "s").count(MONDAY, 12) == 1


def test_the_answer_does_not_depend_on_the_order_of_asking() -> None:
    times = [(MONDAY + day, hour / 4) for day in range(14) for hour in range(96)]
    forth = {time: Presence(Occupants(), "s").count(*time) for time in times}
    presence = Presence(Occupants(), "s")
    back = {time: presence.count(*time) for time in random.Random(1).sample(times, len(times))}
    assert back == forth


def test_each_day_they_come_at_another_time_within_their_habit() -> None:
    occupants = Occupants(1, week=(Stay(from_h=9, to_h=17),), jitter_h=0.5)
    presence = Presence(occupants, "s")
    arrivals = []
    for day in range(MONDAY, MONDAY + 50):
        presence.count(day, 0)
        arrivals.append(presence.until_h)
    assert len(set(arrivals)) == 50
    assert 8.5 <= min(arrivals) < 8.6
    assert 9.4 < max(arrivals) <= 9.5


def test_whoever_comes_late_leaves_late() -> None:
    presence = Presence(Occupants(1, week=(Stay(from_h=9, to_h=17),), jitter_h=0.5), "s")
    presence.count(MONDAY, 0)
    arrival = presence.until_h
    presence.count(MONDAY, 12)
    assert presence.until_h - arrival == pytest.approx(8)


def test_midnight_is_not_shifted() -> None:
    presence = Presence(Occupants(1, week=(Stay(from_h=0, to_h=24),), jitter_h=0.5), "s")
    assert [presence.count(MONDAY, hour) for hour in (0, 23.999)] == [1, 1]
    assert presence.until_h == 24


def test_another_seed_is_another_life() -> None:
    first, second = Presence(Occupants(), "a"), Presence(Occupants(), "b")
    for presence in (first, second):
        presence.count(MONDAY, 1)
    assert first.until_h != second.until_h


@pytest.mark.parametrize(
    ("week", "there", "away"),
    [
        (HOME, [(0, 3), (0, 20), (5, 20)], [(0, 12), (6, 13)]),
        (OFFICE, [(0, 10), (4, 15)], [(0, 3), (5, 10)]),
        (HOTEL_ROOM, [(0, 3), (6, 23)], [(0, 12), (3, 21)]),
        (SHOP, [(0, 12), (5, 18)], [(6, 12), (0, 22)]),
    ],
)
def test_the_common_weeks_are_what_they_are_called(
    week: tuple[Stay, ...], there: list[tuple[int, float]], away: list[tuple[int, float]]
) -> None:
    presence = Presence(Occupants(2, week=week), "s")
    assert all(presence.count(MONDAY + day, hour) for day, hour in there)
    assert not any(presence.count(MONDAY + day, hour) for day, hour in away)


HABIT = WindowHabit(airing_hours=(7.0, 19.0), airing_h=0.25, warm_c=25.0, cooler_k=1.0, mild_c=12.0)


@pytest.mark.parametrize(
    ("people", "hour", "zone_c", "outdoor_c", "changes"),
    [
        (1, 7.0, 20, 0, (False, True)),
        (1, 7.2, 20, 0, (True, True)),
        (1, 7.25, 20, 0, (True, False)),
        (1, 6.9, 20, 0, (False, False)),
        (1, 19.1, 20, 0, (False, True)),
        (0, 7.0, 20, 0, (False, False)),
        (1, 15, 26, 20, (False, True)),
        (1, 15, 25, 20, (False, False)),
        (1, 15, 24, 20, (True, True)),
        (1, 15, 23, 20, (True, False)),
        (1, 15, 26, 25, (False, False)),
        (1, 15, 26, 24.9, (False, True)),
        (1, 15, 26, 12, (False, False)),
        (0, 15, 26, 20, (True, False)),
    ],
)
def test_windows_are_opened_to_air_and_where_it_is_too_warm(
    people: int, hour: float, zone_c: float, outdoor_c: float, changes: tuple[bool, bool]
) -> None:
    is_open, wants_open = changes
    found = HABIT.wants_open(people=people, hour=hour, zone_c=zone_c, outdoor_c=outdoor_c, is_open=is_open)
    assert found is wants_open
