"""What guards say to commands, by the past of their points."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.config.guards import Guard
from interlock.model import Value
from interlock.rules.guarding import PASSED, Changed, Past, Ruling, is_on, judge

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COMPRESSOR = Guard(min_on=5 * MINUTE, min_off=3 * MINUTE)


def ago(minutes: float) -> datetime:
    return NOW - minutes * MINUTE


def past(value: Value | None, minutes: float = 60, *changes: tuple[float, Value | None]) -> Past:
    return Past(value=value, since=ago(minutes), changes=[Changed(ago(at), was) for at, was in changes])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (False, False),
        (0, False),
        (0.0, False),
        (20, True),
        ("off", False),
        ("Off ", False),
        ("cooling", True),
    ],
)
def test_what_is_on(value: Value, expected: bool) -> None:
    assert is_on(value) is expected


@pytest.mark.parametrize(
    ("value", "minutes", "wanted", "until"),
    [
        (True, 4.99, False, ago(4.99) + 5 * MINUTE),
        (True, 5, False, None),
        (False, 2.99, True, ago(2.99) + 3 * MINUTE),
        (False, 3, True, None),
        (True, 0, True, None),
        (False, 0, False, None),
        (None, 2, True, ago(2) + 3 * MINUTE),
        (None, 4, True, None),
        (None, 4, False, ago(4) + 5 * MINUTE),
        ("cooling", 1, "heating", None),
        ("cooling", 1, "off", ago(1) + 5 * MINUTE),
        (30, 1, 50, None),
        (30, 1, 0, ago(1) + 5 * MINUTE),
    ],
)
def test_a_compressor_has_its_times(
    value: Value | None, minutes: float, wanted: Value, until: datetime | None
) -> None:
    ruling = judge(COMPRESSOR, past(value, minutes), wanted, NOW)
    assert (ruling.until, bool(ruling.reason)) == (until, until is not None)


def test_the_reason_names_the_time() -> None:
    on, off = judge(COMPRESSOR, past(True, 1), False, NOW), judge(COMPRESSOR, past(None, 1), True, NOW)
    assert on.reason == "min_on 5m: it is not on for so long yet"
    assert off.reason == "min_off 3m: it may be off since just now"


def test_so_many_changes_in_a_sliding_period() -> None:
    guard = Guard(max_changes=2, changes_in=60 * MINUTE)
    changes = [(70.0, False), (50.0, True), (10.0, False)]
    assert judge(guard, past(True, 60, *changes), False, NOW) == Ruling(
        "max_changes 2 per 1h: it has changed so often", ago(50) + 60 * MINUTE
    )
    assert judge(guard, past(True, 60, *changes[1:]), True, NOW) is PASSED
    assert judge(guard, past(True, 60, (60.0, False), (10.0, True)), False, NOW) is PASSED


def test_a_range_is_a_range() -> None:
    guard = Guard(minimum=10, maximum=20)
    assert judge(guard, past(15), 9.99, NOW) == Ruling("its guard lets it be 10 at least")
    assert judge(guard, past(15), 20.01, NOW) == Ruling("its guard lets it be 20 at most")
    for inside in (10, 20, True, "cooling"):
        assert judge(guard, past(15), inside, NOW) is PASSED


def test_a_large_step_is_refused_where_no_period_is_given() -> None:
    guard = Guard(max_step=5)
    assert judge(guard, past(20), 26, NOW) == Ruling("max_step 5: it is at 20")
    assert judge(guard, past(20), 14, NOW) == Ruling("max_step 5: it is at 20")
    assert judge(guard, past(20), 25, NOW) is PASSED
    assert judge(guard, past(None), 25, NOW) == Ruling("max_step 5: where it stands is not known")
    assert judge(guard, past("x"), "y", NOW) is PASSED


@pytest.mark.parametrize(
    ("value", "changes", "wanted", "step", "until"),
    [
        (20.0, [], 31.0, 25.0, NOW + MINUTE),
        (20.0, [], 9.0, 15.0, NOW + MINUTE),
        (20.0, [], 25.0, None, None),
        (25.0, [(0.5, 20.0)], 31.0, None, ago(0.5) + MINUTE),
        (23.0, [(0.5, 20.0)], 31.0, 25.0, ago(0.5) + MINUTE),
        (25.0, [(0.5, 20.0)], 16.0, None, None),
        (25.0, [(0.5, 20.0)], 14.0, 15.0, ago(0.5) + MINUTE),
        (25.0, [(1.0, 20.0)], 31.0, 30.0, NOW + MINUTE),
        (25.0, [(0.5, None)], 31.0, 30.0, ago(0.5) + MINUTE),
    ],
)
def test_a_large_move_goes_step_by_step(
    value: float,
    changes: list[tuple[float, Value | None]],
    wanted: float,
    step: float | None,
    until: datetime | None,
) -> None:
    guard = Guard(max_step=5, step_every=MINUTE)
    ruling = judge(guard, past(value, 60, *changes), wanted, NOW)
    assert (ruling.step, ruling.until) == (step, until)


def test_a_step_of_whole_numbers_is_whole() -> None:
    step = judge(Guard(max_step=5, step_every=MINUTE), past(20), 31, NOW).step
    assert (step, type(step)) == (25, int)
