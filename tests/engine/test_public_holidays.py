"""Public holidays of countries and their regions."""

import re
from datetime import date

import pytest

from interlock.public_holidays import HolidayCalendar, knows_region, parse_calendar, parts_of, regions_of


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("IT", date(2026, 8, 15), "Assunzione Della Vergine"),
        ("IT", date(2026, 12, 7), ""),
        ("IT-MI", date(2026, 12, 7), "Sant'Ambrogio"),
        ("DE", date(2026, 1, 6), ""),
        ("DE-BY", date(2026, 1, 6), "Heilige Drei Könige"),
        ("IT-25", date(2026, 12, 25), "Natale"),
        ("IT-25", date(2026, 12, 7), ""),
        ("IT-23", date(2026, 9, 7), "San Grato"),
        ("it-mi", date(2026, 12, 7), "Sant'Ambrogio"),
        (" de - by ", date(2026, 1, 6), "Heilige Drei Könige"),
        ("FR-67", date(2026, 12, 26), "Lendemain de Noël"),
        ("FR-68", date(2026, 12, 26), "Lendemain de Noël"),
        ("FR-75", date(2026, 12, 26), ""),
    ],
)
def test_a_day_is_a_holiday_of_its_country_or_region(code: str, day: date, name: str) -> None:
    calendar = parse_calendar(code)
    assert calendar.is_holiday(day) is bool(name)
    assert bool(calendar.name_of(day)) is bool(name)


@pytest.mark.parametrize(("code", "is_known"), [("IT", True), ("IT-MI", True), ("IT-25", False)])
def test_a_region_may_have_no_holidays_of_its_own(code: str, is_known: bool) -> None:
    assert knows_region(parse_calendar(code)) is is_known


def test_the_regions_of_italy_are_made_of_its_provinces() -> None:
    regions = [HolidayCalendar("IT", str(number)) for number in range(20, 90)]
    provinces = [part for region in regions for part in parts_of(region)]
    known = {code for code in regions_of("IT") if re.fullmatch("[A-Z]{2}", code)}
    assert sorted(provinces) == sorted(known)
    assert [region.region for region in regions if len(parts_of(region)) == 1] == ["23"]


def test_a_country_has_regions() -> None:
    assert {"BY", "SN"} <= set(regions_of("DE"))


def test_a_calendar_is_shown_as_it_is_written() -> None:
    assert [str(HolidayCalendar("IT")), str(HolidayCalendar("DE", "BY"))] == ["IT", "DE-BY"]


@pytest.mark.parametrize("code", ["", "X", "Italy", "-BY"])
def test_what_is_no_country_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no public holidays are known of"):
        parse_calendar(code)
