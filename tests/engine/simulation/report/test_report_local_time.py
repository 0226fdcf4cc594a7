"""A page's local times: which offsets hold when, and what it says about nights on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interlock.simulation.report.local_time import Offset, changes_of_clocks, offsets, written
from support.report_page import ROME, run_script

SUMMER = Offset(
    since=datetime(2026, 10, 24, 10, tzinfo=UTC), utc_offset=timedelta(hours=2), abbreviation="CEST"
)
WINTER = Offset(
    since=datetime(2026, 10, 25, 1, tzinfo=UTC), utc_offset=timedelta(hours=1), abbreviation="CET"
)

AUTUMN = {
    "begins": datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp(),
    "offsets": [[0, 7200, "CEST"], [10800, 3600, "CET"]],
}
"""A page that begins with the day on which Rome's clocks go back."""
SPRING = {
    "begins": datetime(2026, 3, 28, 23, tzinfo=UTC).timestamp(),
    "offsets": [[0, 3600, "CET"], [7200, 7200, "CEST"]],
}
"""A page that begins with the day on which they go forward."""
PLAIN = {"begins": datetime(2026, 7, 13, 22, tzinfo=UTC).timestamp(), "offsets": [[0, 7200, "CEST"]]}
"""A page that begins with a Tuesday in summer."""
HOUR, DAY = 3600, 86_400


def test_offsets_change_to_the_second() -> None:
    begins = datetime(2026, 10, 24, 10, tzinfo=UTC)
    assert offsets(ROME, begins, begins + timedelta(days=3)) == (SUMMER, WINTER)


def test_a_span_without_a_change_has_one_offset() -> None:
    begins = datetime(2026, 10, 24, 10, tzinfo=UTC)
    assert offsets(ROME, begins, begins + timedelta(hours=3)) == (SUMMER,)
    assert offsets(ROME, begins, begins) == (SUMMER,)


def test_a_change_at_the_very_end_counts() -> None:
    begins = datetime(2026, 10, 24, 10, tzinfo=UTC)
    assert offsets(ROME, begins, WINTER.since) == (SUMMER, WINTER)


MISSING = "the time between does not exist, and the axes leave it out."
TWICE = "the axes show the time between twice, in"


@pytest.mark.parametrize(
    ("zone", "month", "change", "axes"),
    [
        ("Europe/Rome", 3, "On Sun 29 Mar 2026 at 02:00 the clocks go to 03:00 (CEST)", MISSING),
        (
            "Europe/Rome",
            10,
            "On Sun 25 Oct 2026 at 03:00 the clocks go to 02:00 (CET)",
            f"{TWICE} CEST and in CET.",
        ),
        (
            "Australia/Lord_Howe",
            4,
            "On Sun 5 Apr 2026 at 02:00 the clocks go to 01:30 (+1030)",
            f"{TWICE} +11 and in +1030.",
        ),
    ],
)
def test_a_change_of_clocks_is_told(zone: str, month: int, change: str, axes: str) -> None:
    begins = datetime(2026, month, 1, tzinfo=UTC)
    assert changes_of_clocks(ZoneInfo(zone), begins, begins + timedelta(days=30)) == (f"{change}: {axes}",)


def test_an_instant_is_written_in_local_time() -> None:
    assert written(datetime(2026, 7, 14, 10, 5, tzinfo=UTC), ROME) == "Tue 14 Jul 2026 12:05"


def test_the_repeated_hour_is_two_places_on_the_axis_and_the_missing_hour_is_one() -> None:
    half_past_two = AUTUMN["begins"] + 7200 + 2.5 * HOUR
    assert run_script("placesOf", AUTUMN, half_past_two) == [2.5 * HOUR, 3.5 * HOUR]
    assert run_script("placesOf", SPRING, SPRING["begins"] + 3600 + 2.5 * HOUR) == [2 * HOUR]
    assert run_script("placesOf", PLAIN, PLAIN["begins"] + 7200 + 2.5 * HOUR) == [2.5 * HOUR]


def test_ticks_of_the_night_on_which_clocks_go_back() -> None:
    assert run_script("ticksBetween", AUTUMN, HOUR, 5 * HOUR, 400) == {
        "tickvals": [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR],
        "ticktext": ["01:00<br>Sun 25 Oct", "02:00<br>CEST", "02:00<br>CET", "03:00", "04:00"],
    }


def test_ticks_of_the_night_on_which_clocks_go_forward() -> None:
    assert run_script("ticksBetween", SPRING, HOUR, 4 * HOUR, 300) == {
        "tickvals": [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR],
        "ticktext": ["01:00<br>Sun 29 Mar", "03:00", "04:00", "05:00"],
    }


@pytest.mark.parametrize(
    ("days", "width", "expected"),
    [
        (1, 300, ["00:00<br>Tue 14 Jul", "06:00", "12:00", "18:00", "00:00<br>Wed 15 Jul"]),
        (4, 300, ["Tue 14<br>Jul 2026", "Wed 15", "Thu 16", "Fri 17", "Sat 18"]),
        (21, 300, ["Mon 20<br>Jul 2026", "Mon 27", "Mon 3<br>Aug 2026"]),
        (100, 300, ["Aug<br>2026", "Sep", "Oct"]),
        (1500, 300, ["2027", "2028", "2029", "2030"]),
        (10 / 86_400, 300, ["00:00<br>Tue 14 Jul", "00:00:05", "00:00:10"]),
    ],
)
def test_ticks_are_as_dense_as_their_labels_allow(days: float, width: int, expected: list[str]) -> None:
    assert run_script("ticksBetween", PLAIN, 0, days * DAY, width)["ticktext"] == expected


def test_a_moment_is_told_with_the_zone_where_a_page_has_several() -> None:
    assert run_script("momentOf", PLAIN, 43_205) == "Tue 14 Jul 2026 12:00:05"
    assert run_script("momentOf", AUTUMN, 2.5 * HOUR) == "Sun 25 Oct 2026 02:30 CEST"
    assert run_script("momentOf", AUTUMN, 3.5 * HOUR) == "Sun 25 Oct 2026 02:30 CET"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.2, "less than 1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3725, "1 h 2 min"),
        (7200, "2 h"),
        (90_061, "1 d 1 h"),
    ],
)
def test_a_duration_is_told_by_its_two_greatest_parts(seconds: float, expected: str) -> None:
    assert run_script("durationOf", seconds) == expected


def test_a_day_is_the_calendars_not_24_hours() -> None:
    assert run_script("dayOf", AUTUMN, 12 * HOUR) == 0
    assert run_script("shifted", AUTUMN, 0, 1, 0) == 25 * HOUR
    assert run_script("shifted", SPRING, 0, 1, 0) == 23 * HOUR
    assert run_script("shifted", PLAIN, 0, 0, 1) == 31 * DAY
    assert run_script("shifted", PLAIN, DAY, -1, 0) == 0
