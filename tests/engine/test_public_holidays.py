"""Public holidays of countries and their regions."""

from datetime import date

import pytest

from interlock.public_holidays import HolidayCalendar, knows_region, parse_calendar, regions_of


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("IT", date(2026, 8, 15), "Assunzione Della Vergine"),
        ("IT", date(2026, 12, 7), ""),
        ("IT-MI", date(2026, 12, 7), "Sant'Ambrogio"),
        ("DE", date(2026, 1, 6), ""),
        ("DE-BY", date(2026, 1, 6), "Heilige Drei Könige"),
        ("IT-25", date(2026, 12, 25), "Natale"),
    ],
)
def test_a_day_is_a_holiday_of_its_country_or_region(code: str, day: date, name: str) -> None:
    calendar = parse_calendar(code)
    assert calendar.is_holiday(day) is bool(name)
    assert bool(calendar.name_of(day)) is bool(name)


@pytest.mark.parametrize(("code", "is_known"), [("IT", True), ("IT-MI", True), ("IT-25", False)])
def test_a_region_may_have_no_holidays_of_its_own(code: str, is_known: bool) -> None:
    assert knows_region(parse_calendar(code)) is is_known


def test_a_country_has_regions() -> None:
    assert {"BY", "SN"} <= set(regions_of("DE"))


def test_a_calendar_is_shown_as_it_is_written() -> None:
    assert [str(HolidayCalendar("IT")), str(HolidayCalendar("DE", "BY"))] == ["IT", "DE-BY"]


@pytest.mark.parametrize("code", ["", "X", "Italy", "-BY"])
def test_what_is_no_country_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no public holidays are known of"):
        parse_calendar(code)
