"""What is logged of points without a value: once, and in one line for one moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from interlock.clock import WallClock
from interlock.model import Point, Quality, Reading
from interlock.runtime.connections.complaints import Complaints
from interlock.runtime.connections.latest import Latest

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
Say = Callable[..., Sequence[tuple[str, str]]]


def good(name: str) -> Reading:
    return Reading(point=Point(name), value=1, observed_at=NOW)


def bad(name: str, reason: str = "connection shop: it is empty") -> Reading:
    return Reading(point=Point(name), value=None, observed_at=NOW, quality=Quality.FAULT, reason=reason)


@pytest.fixture
def complaints() -> Complaints:
    return Complaints("shop", Latest(WallClock()))


@pytest.fixture
def say(complaints: Complaints, caplog: pytest.LogCaptureFixture) -> Say:
    """Say what there is of readings, as if they were the latest then; return the lines."""

    def lines(*readings: Reading, is_said_of_all: bool = False) -> Sequence[tuple[str, str]]:
        caplog.clear()
        complaints.say(readings, is_said_of_all=is_said_of_all)
        complaints._latest.hear(readings)
        return [(record.levelname, record.getMessage()) for record in caplog.records]

    caplog.set_level(logging.DEBUG, "interlock.poll")
    return lines


def test_one_point_is_told_by_itself(say: Say) -> None:
    assert say(bad("a.x"), good("a.y")) == [("WARNING", "a.x is fault: connection shop: it is empty")]
    assert say(good("a.x"), good("a.y")) == [("INFO", "a.x is good again")]
    assert say(good("a.x"), good("a.y")) == []


def test_several_points_are_one_line_and_each_is_found_in_the_details(say: Say) -> None:
    assert say(bad("a.x"), bad("a.y", "connection shop: no number")) == [
        ("WARNING", "connection shop: 2 points have no value: a.x, a.y; first: it is empty"),
        ("DEBUG", "a.x is fault: connection shop: it is empty"),
        ("DEBUG", "a.y is fault: connection shop: no number"),
    ]
    assert say(good("a.x"), good("a.y")) == [("INFO", "connection shop: 2 points are good again: a.x, a.y")]


@pytest.mark.parametrize(
    ("count", "end"), [(20, "p19.x"), (21, "p19.x and 1 other"), (25, "p19.x and 5 others")]
)
def test_more_than_twenty_names_are_counted(say: Say, count: int, end: str) -> None:
    (_, line), *_ = say(*(bad(f"p{number}.x") for number in range(count)))
    assert line.startswith(f"connection shop: {count} points have no value: p0.x, p1.x, ")
    assert line.endswith(f"{end}; first: it is empty")


def test_what_was_said_is_not_said_again_unless_it_is_bad_in_another_way(say: Say) -> None:
    say(bad("a.x"), bad("a.y"))
    assert say(bad("a.x"), bad("a.y")) == []
    assert say(bad("a.x", "cold"), bad("a.y")) == [("WARNING", "a.x is fault: cold")]


def test_a_point_that_is_gone_is_forgotten(say: Say, complaints: Complaints) -> None:
    say(bad("a.x"), bad("a.y"))
    complaints.keep({Point("a.y")})
    assert say(good("a.x"), good("a.y")) == [("INFO", "a.y is good again")]


def test_what_was_said_of_the_whole_connection_is_not_said_of_its_points(say: Say) -> None:
    assert say(bad("a.x"), bad("a.y"), is_said_of_all=True) == [
        ("DEBUG", "a.x is fault: connection shop: it is empty"),
        ("DEBUG", "a.y is fault: connection shop: it is empty"),
    ]
    assert say(good("a.x"), good("a.y")) == []
