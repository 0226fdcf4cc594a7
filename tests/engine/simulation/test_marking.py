"""Marks of a report: all of them, or so many that a page bears them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.simulation.faults.recurrence import Stretch
from interlock.simulation.marking import MOST, Marking
from interlock.simulation.report import Mark, MarkKind

START = datetime(2026, 7, 13, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = Stretch(begins=START, ends=START + timedelta(days=1), zone=ZoneInfo("UTC"))


def test_few_marks_stand_for_themselves() -> None:
    marking = Marking(DAY)
    marking.add(START, MarkKind.COMMAND, "on", "lamp.power")
    marking.add(START, MarkKind.FIRING, "rule a", "")
    assert list(marking.marks()) == [
        Mark(at=START, kind=MarkKind.COMMAND, text="on", series="lamp.power"),
        Mark(at=START, kind=MarkKind.FIRING, text="rule a"),
    ]


def test_of_too_many_those_of_a_stretch_become_one() -> None:
    marking = Marking(DAY)
    for number in range(20_000):
        at = START + number * timedelta(seconds=4)
        marking.add(at, MarkKind.COMMAND, f"{number}", "lamp.power")
        if number % 1000 == 0:
            marking.add(at, MarkKind.FIRING, f"rule {number}", "")
    marks = marking.marks()
    assert len(marks) <= MOST
    assert [each.at for each in marks] == sorted(each.at for each in marks)
    counts = [_count(each) for each in marks if each.kind is MarkKind.COMMAND]
    assert sum(counts) == 20_000
    assert sum(each.kind is MarkKind.FIRING for each in marks) == 20
    assert marks[0].text.startswith("0, and ")


def _count(mark: Mark) -> int:
    _, _, more = mark.text.partition(", and ")
    return 1 + int(more.removesuffix(" more") or 0)


def test_marks_at_more_series_than_a_page_bears_come_to_an_end() -> None:
    marking = Marking(DAY)
    for number in range(MOST + 10):
        marking.add(START, MarkKind.COMMAND, "on", f"lamp{number}.power")
    assert len(marking.marks()) == MOST + 10
