"""What is due at which instant, the first first."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from interlock.runtime.calendar import Calendar

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def taken(calendar: Calendar[str]) -> list[tuple[datetime, list[tuple[int, str]]]]:
    found = []
    while calendar.first is not None:
        instant, entries = calendar.take()
        found.append((instant, list(entries)))
    return found


def test_an_empty_calendar_has_no_first_instant() -> None:
    assert Calendar[str]().first is None


def test_what_is_due_together_is_taken_together_in_its_order() -> None:
    calendar = Calendar[str]()
    calendar.put(at(1), 7, "late")
    calendar.put(at(0), 2, "second")
    calendar.put(at(0), 1, "first")
    assert calendar.first == at(0)
    assert taken(calendar) == [(at(0), [(1, "first"), (2, "second")]), (at(1), [(7, "late")])]


def test_what_was_taken_may_be_entered_again_at_the_same_instant() -> None:
    calendar = Calendar[str]()
    calendar.put(at(0), 1, "again")
    calendar.take()
    calendar.put(at(0), 2, "again")
    assert taken(calendar) == [(at(0), [(2, "again")])]


def test_entries_are_moved_each_by_itself_and_keep_their_order() -> None:
    calendar = Calendar[str]()
    calendar.put(at(5), 1, "stays")
    calendar.put(at(5), 2, "moved")
    calendar.put(at(3), 3, "joins")
    calendar.move(lambda instant, entry: {"stays": at(5), "moved": at(1), "joins": at(5)}[entry])
    assert taken(calendar) == [(at(1), [(2, "moved")]), (at(5), [(1, "stays"), (3, "joins")])]


@given(st.lists(st.integers(0, 5)))
def test_everything_is_taken_once_by_instant_and_order(minutes: list[int]) -> None:
    calendar = Calendar[int]()
    for order, minute in enumerate(minutes):
        calendar.put(at(minute), order, minute)
    found = []
    while calendar.first is not None:
        instant, entries = calendar.take()
        found += [(instant, order) for order, _ in entries]
    assert found == sorted((at(minute), order) for order, minute in enumerate(minutes))
