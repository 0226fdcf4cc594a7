"""What differs between two behaviours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock import Point, Value
from interlock.model import Command, Origin, OriginKind
from interlock.simulation.replay.comparison import Comparison, Kind, Tally, compare
from interlock.simulation.replay.groups import grouped, what_differs
from interlock.simulation.replay.sendings import Repetitions, Sending

START = datetime(2026, 7, 14, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
END = START + 24 * HOUR
LAMP, FAN = Point("lamp.value"), Point("fan.level")


def sent(
    after: timedelta, value: Value | None = True, *, point: Point = LAMP, rule: str = "a", firing: str = ""
) -> Sending:
    """Return a command so long after the start."""
    origin = Origin(OriginKind.RULE, rule, firing)
    at = START + after
    return Sending(at=at, command=Command(id="1", point=point, value=value, origin=origin, created_at=at))


def compared(before: Sequence[Sending], after: Sequence[Sending]) -> Comparison:
    return compare(before, after, MINUTE, START, END)


def kinds(before: Sequence[Sending], after: Sequence[Sending]) -> list[str]:
    """Return what differs, in short."""
    return [f"{each.shown.value} {what_differs(each)}" for each in compared(before, after).differences]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], []),
        ([sent(HOUR)], [sent(HOUR)], []),
        ([sent(HOUR)], [sent(HOUR + MINUTE)], []),
        ([sent(HOUR)], [sent(HOUR + MINUTE + SECOND)], ["True 1m1s later"]),
        ([sent(2 * HOUR)], [sent(HOUR)], ["True 1h earlier"]),
        ([sent(HOUR)], [sent(7 * HOUR)], ["True 6h later"]),
        ([sent(HOUR)], [sent(7 * HOUR + SECOND)], ["True missing", "True new"]),
        ([sent(HOUR)], [], ["True missing"]),
        ([], [sent(HOUR)], ["True new"]),
        ([sent(HOUR, 20.0)], [sent(HOUR, 20.0 + 1e-12)], []),
        ([sent(HOUR, 20.0)], [sent(HOUR, 21.0)], ["21.0 instead of lamp.value = 20"]),
        ([sent(HOUR, True)], [sent(HOUR, 1)], ["1 instead of lamp.value = on"]),
        ([sent(HOUR, None)], [sent(HOUR, None)], []),
        ([sent(HOUR)], [sent(HOUR, point=FAN)], ["True new", "True missing"]),
    ],
)
def test_commands_are_matched_by_point_and_value(
    before: list[Sending], after: list[Sending], expected: list[str]
) -> None:
    assert kinds(before, after) == expected


def test_the_nearest_belong_together() -> None:
    before = [sent(10 * HOUR), sent(12 * HOUR), sent(14 * HOUR)]
    after = [sent(12 * HOUR + 10 * MINUTE), sent(14 * HOUR + 10 * MINUTE)]
    assert kinds(before, after) == ["True missing", "True 10m later", "True 10m later"]


def test_pulses_are_not_taken_for_other_values() -> None:
    before = [sent(HOUR), sent(HOUR + 2 * SECOND, False)]
    after = [sent(HOUR + SECOND), sent(HOUR + 3 * SECOND, False)]
    assert kinds(before, after) == []


def test_who_sends_it_does_not_matter() -> None:
    assert kinds([sent(HOUR, rule="a")], [sent(HOUR, rule="b")]) == []


def test_only_what_shows_in_the_span_counts() -> None:
    before = [sent(-SECOND), sent(timedelta(), False), sent(24 * HOUR, 1)]
    after = [sent(24 * HOUR - SECOND, 1)]
    found = compared(before, after)
    assert [each.kind for each in found.differences] == [Kind.MISSING]
    assert found.tallies == {"rule a": Tally(before=2, after=1, same=1, missing=1)}


def test_each_rule_has_its_numbers() -> None:
    before = [sent(HOUR), sent(3 * HOUR, False), sent(9 * HOUR, rule="b")]
    after = [sent(HOUR), sent(3 * HOUR, 7, rule="c"), sent(8 * HOUR, rule="b"), sent(20 * HOUR, rule="d")]
    assert compared(before, after).tallies == {
        "rule a": Tally(before=2, after=2, same=1, other_value=1),
        "rule b": Tally(before=1, after=1, moved=1),
        "rule d": Tally(after=1, new=1),
    }


TIMES = st.lists(st.tuples(st.integers(0, 1400), st.sampled_from([True, False, 3])), max_size=30)


@given(TIMES, TIMES)
def test_each_command_has_one_fate(ones: list[tuple[int, Value]], others: list[tuple[int, Value]]) -> None:
    before = sorted((sent(at * MINUTE, value) for at, value in ones), key=lambda each: each.at)
    after = sorted((sent(at * MINUTE, value) for at, value in others), key=lambda each: each.at)
    tally = compared(before, after).tallies.get("rule a", Tally())
    both = tally.same + tally.moved + tally.other_value
    assert (tally.before, tally.after) == (len(before), len(after))
    assert (both + tally.missing, both + tally.new) == (len(before), len(after))


@given(TIMES)
@example([(0, True)] * 30)
def test_what_is_the_same_does_not_differ(ones: list[tuple[int, Value]]) -> None:
    before = [sent(at * MINUTE, value) for at, value in ones]
    assert compared(before, before).is_same


def test_what_is_missing_again_and_again_is_one_line() -> None:
    before = [sent(HOUR * each) for each in (1, 8, 15)] + [sent(16 * HOUR, False)]
    groups = grouped(compared(before, []).differences)
    assert [(len(each.members), each.first.shown.value) for each in groups] == [(3, True), (1, False)]
    assert groups[0].last.at == START + 15 * HOUR


def test_what_moved_is_a_line_each() -> None:
    before, after = [sent(HOUR), sent(8 * HOUR)], [sent(2 * HOUR), sent(9 * HOUR)]
    assert len(grouped(compared(before, after).differences)) == 2


@pytest.mark.parametrize(
    ("second", "left"),
    [
        (sent(10 * MINUTE), 1),
        (sent(10 * MINUTE + SECOND), 2),
        (sent(MINUTE, False), 2),
        (sent(MINUTE, rule="b"), 2),
        (sent(MINUTE, point=FAN), 2),
        (sent(MINUTE, firing="1-1"), 2),
    ],
)
def test_what_is_kept_may_be_repeated(second: Sending, left: int) -> None:
    repetitions = Repetitions()
    assert len(list(repetitions.filtered([sent(timedelta()), second]))) == left
    assert repetitions.count == 2 - left


def test_a_firing_means_what_it_does_twice() -> None:
    twice = [sent(timedelta(), "clockwise", firing="1-1"), sent(SECOND, "clockwise", firing="1-1")]
    assert list(Repetitions().filtered(twice)) == twice
