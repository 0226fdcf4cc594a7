"""A point's past in blocks says what its samples say one by one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.expressions.trail import Summary, Trail
from interlock.expressions.view import Sample
from interlock.model import Value

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
VALUES = st.one_of(st.none(), st.integers(-3, 3))


def second(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


def plain(samples: list[Sample], start: datetime, end: datetime) -> Summary:
    """The sums, taken sample by sample."""
    found = Summary()
    for sample, following in pairwise([*samples, Sample(max(end, samples[-1].at), None)]):
        begin, until = max(sample.at, start), min(following.at, end)
        if begin < until:
            found.add(begin, until, sample.value)
    return found


@st.composite
def trails(draw: st.DrawFn) -> list[Sample]:
    gaps = draw(st.lists(st.integers(1, 5), min_size=1, max_size=400))
    at, samples = 0, []
    for gap in gaps:
        at += gap
        samples.append(Sample(second(at), draw(VALUES)))
    return samples


@settings(deadline=None, max_examples=60)
@given(trails(), st.integers(-5, 1500), st.integers(1, 1500), st.integers(0, 400))
def test_blocks_change_nothing(samples: list[Sample], begin: int, lasts: int, forgotten: int) -> None:
    trail = Trail(samples)
    start, end = second(begin), second(begin + lasts)
    expected = plain(samples, start, end)
    assert trail.between(start, end) == expected
    assert trail.between(start, end) == expected
    assert list(trail) == samples
    assert list(reversed(trail)) == samples[::-1]
    assert list(trail.since(start)) == [sample for sample in samples if sample.at >= start]
    assert len(trail) == len(samples)
    before = [sample.value for sample in samples if sample.at <= start]
    assert trail.at(start) == (before[-1] if before else None)
    trail.forget_before(start - timedelta(seconds=forgotten))
    assert trail.between(start, end) == expected


def test_a_summary_tells_all_there_is() -> None:
    trail = Trail(
        [Sample(second(0), 4), Sample(second(10), None), Sample(second(20), 4), Sample(second(30), 7)]
    )
    assert trail.between(second(5), second(40)) == Summary(
        known=25_000_000,
        area=4 * 15e6 + 7 * 10e6,
        on=0,
        low=4,
        high=7,
        changes=1,
        first=(4, second(5)),
        last=(7, second(40)),
    )


@pytest.mark.parametrize(("value", "on", "area"), [(True, 3, 0), (False, 0, 0), (2.5, 0, 7.5), ("dry", 0, 0)])
def test_only_switches_are_on_and_only_numbers_have_an_area(value: Value, on: int, area: float) -> None:
    found = Trail([Sample(second(0), value)]).between(second(0), second(3))
    assert (found.on, found.area, found.known) == (on * 1_000_000, area * 1e6, 3_000_000)


def test_what_a_point_is_said_to_have_become_earlier_goes_before() -> None:
    trail = Trail(Sample(second(number), number) for number in range(200))
    assert trail.between(second(0), second(200)).high == 199
    trail.append(Sample(second(64), -1))
    assert [sample.value for sample in trail] == [*range(64), -1]
    found = trail.between(second(0), second(70))
    assert (found.high, found.low, found.changes, trail.at(second(69))) == (63, -1, 64, -1)
    trail.append(Sample(second(64.5), 5))
    assert trail.between(second(0), second(70)).last == (5, second(70))


def test_what_says_nothing_any_more_is_forgotten() -> None:
    trail = Trail(Sample(second(number), number) for number in range(1000))
    trail.forget_before(second(500))
    assert 500 <= len(trail) < 580
    assert trail.at(second(500)) == 500


def test_of_a_point_that_changes_too_fast_the_oldest_samples_go() -> None:
    trail = Trail(Sample(second(number), number) for number in range(110_000))
    assert len(trail) <= 102_400
    assert trail.at(second(109_999)) == 109_999
    assert trail.at(second(10)) is None
