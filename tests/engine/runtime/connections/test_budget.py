"""What is read more rarely, and by how much, where the site wants more than a connection may be asked."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.driver import ConnectionSettings
from interlock.runtime.connections.budget import Demand, allowed_per_second, load_of, paces
from interlock.runtime.connections.needs import Urgency

TRIGGER, CONDITION, CLAIM, WATCH = Urgency


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


DEMANDS = st.lists(
    st.builds(
        Demand,
        requests=st.integers(1, 200),
        interval=st.integers(1, 3600).map(seconds),
        urgency=st.sampled_from(Urgency),
    ),
    min_size=1,
    max_size=8,
)
ALLOWED = st.floats(0.001, 100)


@pytest.mark.parametrize(
    ("settings", "per_minute"),
    [
        ({}, None),
        ({"rate": "30/min"}, 27),
        ({"rate": "2/min"}, 2),
        ({"daily": 1600}, 1),
        ({"rate": "30/min", "daily": 1600}, 1),
        ({"rate": "1/h", "daily": 1600}, 1 / 60),
    ],
)
def test_polls_may_come_to_what_rate_and_day_leave_beside_commands(
    settings: dict[str, object], per_minute: float | None
) -> None:
    allowed = allowed_per_second(ConnectionSettings.model_validate(settings))
    assert allowed == (None if per_minute is None else pytest.approx(per_minute / 60))


def paced(allowed: float, *demands: tuple[int, int, Urgency]) -> list[float]:
    made = [Demand(requests, seconds(interval), urgency) for requests, interval, urgency in demands]
    return [each.total_seconds() for each in paces(made, allowed)]


def test_what_fits_is_asked_as_often_as_the_site_wants() -> None:
    assert paced(3, (10, 10, TRIGGER), (20, 10, WATCH)) == [10, 10]


def test_what_is_only_watched_is_slowed_first() -> None:
    assert paced(2, (10, 10, TRIGGER), (20, 10, WATCH)) == [10, 20]


def test_an_interval_that_is_slowed_is_a_whole_number_of_seconds_and_never_shorter() -> None:
    assert paced(2, (10, 10, TRIGGER), (15, 10, CLAIM)) == [10, 15]
    assert paced(2, (10, 10, TRIGGER), (11, 10, CLAIM)) == [10, 11]
    assert paced(2, (11, 10, TRIGGER), (11, 10, CLAIM)) == [10, 13]


def test_what_is_most_urgent_is_slowed_when_the_rest_is_read_a_tenth_as_often() -> None:
    assert paced(1.4, (10, 10, TRIGGER), (10, 10, CONDITION), (10, 10, WATCH)) == [10, 34, 100]
    assert paced(0.6, (10, 10, TRIGGER), (10, 10, CONDITION), (10, 10, WATCH)) == [25, 100, 100]


def test_where_all_are_read_a_tenth_as_often_all_are_slowed_alike() -> None:
    assert paced(0.1, (10, 10, TRIGGER), (10, 10, CONDITION), (10, 10, WATCH)) == [300, 300, 300]


def test_one_kind_alone_is_slowed_as_far_as_it_must() -> None:
    assert paced(0.5, (40, 60, WATCH)) == [80]
    assert paced(0.01, (40, 60, TRIGGER)) == [4000]


@given(demands=DEMANDS, allowed=ALLOWED)
def test_no_more_is_asked_than_is_allowed(demands: list[Demand], allowed: float) -> None:
    slowed = paces(demands, allowed)
    made = [Demand(each.requests, pace, each.urgency) for each, pace in zip(demands, slowed, strict=True)]
    assert load_of(made) <= max(allowed * 1.000001, 0) or load_of(demands) <= allowed


@given(demands=DEMANDS, allowed=ALLOWED)
def test_the_urgent_are_slowed_least_and_nobody_starves(demands: list[Demand], allowed: float) -> None:
    factors = [
        (each.urgency, pace / each.interval, pace - each.interval)
        for each, pace in zip(demands, paces(demands, allowed), strict=True)
    ]
    second = 1 / min(each.interval.total_seconds() for each in demands)
    for urgency, factor, _ in factors:
        assert factor >= 1
        for other, others_factor, _ in factors:
            if other < urgency:
                assert others_factor <= factor + second
            assert factor <= 10 * others_factor + second


@given(demands=DEMANDS, allowed=ALLOWED)
def test_nobody_is_slowed_for_less_urgent_ones_that_are_not(demands: list[Demand], allowed: float) -> None:
    slowed = paces(demands, allowed)
    spared = {each.urgency for each, pace in zip(demands, slowed, strict=True) if pace == each.interval}
    for each, pace in zip(demands, slowed, strict=True):
        if pace > each.interval:
            assert not any(other > each.urgency for other in spared)
