"""The heat balance in closed form equals the analytic solution, however it is cut into steps."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.simulation.plant.balance import Course, course, progress

TEN_HOURS_S = 36_000.0
temperatures = st.floats(-40, 60)
gains = st.floats(-5000, 5000)
losses = st.floats(0, 1000)
capacities = st.floats(1e5, 1e8)
durations = st.floats(0, 1e6)


def test_a_capacity_without_gains_falls_exponentially_towards_zero() -> None:
    fall = course(20.0, gain=0.0, loss=100.0, capacity=3.6e6)
    assert fall == Course(20.0, -20.0 / TEN_HOURS_S, 1 / TEN_HOURS_S)
    assert fall.at(TEN_HOURS_S) == pytest.approx(20.0 / math.e, rel=1e-12)


def test_it_ends_where_losses_balance_gains() -> None:
    assert course(0.0, gain=500.0, loss=100.0, capacity=3.6e6).at(1e9) == pytest.approx(5.0, rel=1e-12)


def test_without_losses_it_rises_straight() -> None:
    rise = course(10.0, gain=1000.0, loss=0.0, capacity=1e6)
    assert rise.over(2000.0) == pytest.approx((12.0, 11.0))


@settings(deadline=None)
@given(temperatures, gains, losses, capacities, durations)
def test_it_is_the_analytic_solution(
    start: float, gain: float, loss: float, capacity: float, seconds: float
) -> None:
    if loss < 1e-3:
        return
    balance = gain / loss
    exact = balance + (start - balance) * math.exp(-seconds * loss / capacity)
    assert course(start, gain, loss, capacity).at(seconds) == pytest.approx(exact, rel=1e-9, abs=1e-5)


@settings(deadline=None)
@given(temperatures, gains, losses, durations, durations)
def test_a_step_in_two_parts_is_the_step_at_once(
    start: float, gain: float, loss: float, first_s: float, second_s: float
) -> None:
    capacity, seconds = 3.3e6, first_s + second_s
    share = first_s / seconds if seconds else 0.5
    middle, first_mean = course(start, gain, loss, capacity).over(first_s)
    end, second_mean = course(middle, gain, loss, capacity).over(second_s)
    at_once, mean = course(start, gain, loss, capacity).over(seconds)
    assert end == pytest.approx(at_once, rel=1e-9, abs=1e-8)
    assert first_mean * share + second_mean * (1 - share) == pytest.approx(mean, rel=1e-9, abs=1e-8)


@settings(deadline=None)
@given(temperatures, gains, losses, capacities, durations)
def test_what_comes_in_is_stored_or_lost(
    start: float, gain: float, loss: float, capacity: float, seconds: float
) -> None:
    end, mean = course(start, gain, loss, capacity).over(seconds)
    stored_j = capacity * (end - start)
    turned_over_j = (abs(gain) + loss * max(abs(mean), abs(start))) * seconds + capacity * abs(start) + 1
    assert abs(gain * seconds - stored_j - loss * mean * seconds) <= 1e-9 * turned_over_j


@settings(deadline=None)
@given(temperatures, gains, losses, capacities, st.floats(1, 1e5))
def test_a_value_is_reached_when_the_course_has_it(
    start: float, gain: float, loss: float, capacity: float, seconds: float
) -> None:
    way = course(start, gain, loss, capacity)
    value = way.at(seconds)
    if abs(value - start) < 1e-3 or way.rate * seconds > 5:
        return
    assert way.reaches(value) == pytest.approx(seconds, rel=1e-6)


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (Course(20.0, 1e-3, 0.0), 19.0),
        (Course(20.0, -1e-3, 0.0), 21.0),
        (Course(20.0, 0.0, 0.0), 20.0),
        (Course(20.0, 1e-3, 1e-3), 21.0),
        (Course(20.0, 1e-3, 1e-3), 22.0),
    ],
    ids=["behind it", "above it", "it stands still", "its balance", "beyond its balance"],
)
def test_some_values_are_never_reached(way: Course, value: float) -> None:
    assert way.reaches(value) == math.inf


def test_a_straight_course_reaches_a_value_by_its_slope() -> None:
    assert Course(20.0, 0.5, 0.0).reaches(25.0) == 10.0


def test_the_value_it_starts_with_is_reached_at_once() -> None:
    assert Course(20.0, 0.5, 0.1).reaches(20.0) == 0.0


@pytest.mark.parametrize("x", [0.99e-4, 1.01e-4])
def test_series_and_closed_form_meet(x: float) -> None:
    assert progress(x) == pytest.approx(1 - x / 2 + x * x / 6 - x**3 / 24, rel=1e-12)
    end, mean = Course(0.0, 1.0, x).over(1.0)
    assert end == pytest.approx(progress(x), rel=1e-12)
    assert mean == pytest.approx(0.5 - x / 6 + x * x / 24, rel=1e-10)
