"""The section ``schedules``."""

from datetime import date, time

import pytest

from interlock.config.site import Site
from interlock.model import Point
from interlock.opening_hours import OpeningHours, Window, Windows
from interlock.public_holidays import parse_calendar
from interlock.virtual import ScheduleSettings
from support.site_files import HEADER, SiteFolder

HOUSE = f"{HEADER.replace('Rome}', 'Rome, holidays: IT}')}devices: {{lamp: {{type: flag}}}}\n"
DAY: Windows = (Window(time(7, 30), time(18)),)
SHORT: Windows = (Window(time(9), time(13)),)


def hours(site: Site, name: str = "office") -> OpeningHours:
    settings = site.devices[name].settings
    assert isinstance(settings, ScheduleSettings)
    return settings.hours


def test_a_schedule_is_a_point_of_its_own(folder: SiteFolder) -> None:
    site = folder.sound(HOUSE + 'schedules: {office: {weekdays: [["07:30", "18:00"]]}}')
    target = site.targets[Point("office.value")]
    assert (target.device.type, target.capability.readable, target.capability.writable) == (
        "schedule",
        True,
        False,
    )
    assert hours(site).days == (DAY, DAY, DAY, DAY, DAY, (), ())
    assert hours(site).holidays is None


def test_a_day_goes_before_a_set_of_days(folder: SiteFolder) -> None:
    text = """\
schedules:
  office:
    sunday: []
    wed: [["9:00", "13:00"]]
    daily: [["07:30", "18:00"]]
    weekend: [["09:00", "13:00"]]
"""
    assert hours(folder.sound(HOUSE + text)).days == (DAY, DAY, SHORT, DAY, DAY, SHORT, ())


def test_holidays_and_dates_are_exceptions(folder: SiteFolder) -> None:
    text = """\
schedules:
  office: {daily: [["07:30", "18:00"]], holidays: [], exceptions: {2026-12-24: [["09:00", "13:00"]]}}
"""
    found = hours(folder.sound(HOUSE + text))
    assert (found.holidays, found.calendar) == ((), parse_calendar("IT"))
    assert found.exceptions == {date(2026, 12, 24): SHORT}


def test_a_window_can_end_at_midnight_and_several_can_stand_on_a_day(folder: SiteFolder) -> None:
    site = folder.sound(HOUSE + 'schedules: {office: {mon: [["07:00", "08:00"], ["20:00", "24:00"]]}}')
    assert hours(site).days[0] == (Window(time(7), time(8)), Window(time(20), time(0)))


def test_an_empty_day_has_no_windows(folder: SiteFolder) -> None:
    assert hours(folder.sound(HOUSE + "schedules: {office: {daily: }}")).days == ((),) * 7


EXAMPLE = 'write for example [["07:30", "12:00"], ["13:00", "18:00"]], or [] for none'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{office: {weekdys: []}}", "3:22+7: error: unknown key 'weekdys' | did you mean 'weekdays'?"),
        ("{office: {mon: 7}}", f"3:27+1: error: a list of windows is expected here | {EXAMPLE}"),
        (
            '{office: {mon: ["07:30", "18:00"]}}',
            f"3:27+18: error: each window stands in brackets of its own | {EXAMPLE}",
        ),
        (
            '{office: {mon: [["07:30"]]}}',
            '3:28+9: error: a window is a start and an end | write for example ["07:30", "18:00"]',
        ),
        (
            '{office: {mon: [["7:60", "18:00"]]}}',
            "3:29+6: error: '7:60' is no time of day | write for example 07:30",
        ),
        (
            "{office: {exceptions: {tomorrow: []}}}",
            "3:35+8: error: 'tomorrow' is no date | write for example 2026-12-24",
        ),
        ("{office: {}}", "3:21+2: error: schedule 'office' has no hours: it would never be on"),
        ("{office: 7}", "3:21+1: error: schedule 'office' must be a mapping of keys and values"),
        (
            "{lamp: {mon: []}}",
            "3:13+4: error: 'lamp' names the device at site.yaml:2:11 already: "
            "give the schedule another name",
        ),
        (
            "{max: {mon: []}}",
            "3:13+3: error: 'max' cannot name a schedule: it is a function of the expressions",
        ),
        (
            "[office]",
            "3:12+8: error: schedules must be a mapping of keys and values"
            " | write a name and a colon in place of each '- '",
        ),
    ],
)
def test_what_is_wrong_is_reported(folder: SiteFolder, text: str, expected: str) -> None:
    assert folder.findings(HOUSE + f"schedules: {text}") == [f"site.yaml:{expected}"]


def test_holidays_need_a_calendar(folder: SiteFolder) -> None:
    text = HEADER + "schedules: {office: {holidays: []}}"
    assert folder.findings(text) == [
        "site.yaml:2:22+8: error: the site does not say whose holidays count "
        "| write for example 'holidays: IT' in the section 'site'"
    ]


def test_of_a_faulty_schedule_nothing_more_is_said_where_it_is_named(folder: SiteFolder) -> None:
    text = HOUSE + "schedules: {office: {mon: 7}}\nwatch: [office.value]"
    assert len(folder.findings(text)) == 1
