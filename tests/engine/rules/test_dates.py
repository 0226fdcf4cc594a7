"""Dates: what is read, and both nights on which clocks are changed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from interlock.rules.dates import AtInstant, Once, parse_date
from interlock.rules.schedule import next_run

ROME = ZoneInfo("Europe/Rome")


def runs(*dates: str, zone: str = "Europe/Rome", start: str = "2026-01-01") -> list[str]:
    trigger, found = Once(tuple(map(parse_date, dates))).trigger(ZoneInfo(zone)), []
    due = trigger.get_next_fire_time(None, datetime.fromisoformat(start).replace(tzinfo=UTC))
    while due is not None:
        found.append(due.astimezone(ZoneInfo(zone)).isoformat())
        due = trigger.get_next_fire_time(due, due)
    return found


@pytest.mark.parametrize(
    ("dates", "zone", "expected"),
    [
        (["2026-12-24T18:00"], "Europe/Rome", ["2026-12-24T18:00:00+01:00"]),
        (["2026-12-24 18:00:30", "2026-06-01T00:00"], "Europe/Rome", [
            "2026-06-01T00:00:00+02:00", "2026-12-24T18:00:30+01:00"]),
        (["2026-03-29T02:30"], "Europe/Rome", ["2026-03-29T03:00:00+02:00"]),
        (["2026-10-25T02:30"], "Europe/Rome", ["2026-10-25T02:30:00+02:00"]),
        (["2026-10-04T02:10"], "Australia/Lord_Howe", ["2026-10-04T02:30:00+11:00"]),
        (["2026-04-05T01:45"], "Australia/Lord_Howe", ["2026-04-05T01:45:00+11:00"]),
        (["2025-12-31T23:00"], "Europe/Rome", []),
    ],
)  # fmt: skip
def test_each_date_comes_once(dates: list[str], zone: str, expected: list[str]) -> None:
    assert runs(*dates, zone=zone) == expected


def test_a_date_in_a_day_that_a_zone_left_out_comes_as_soon_as_it_is_over() -> None:
    assert runs("2011-12-30T12:00", zone="Pacific/Apia", start="2011-12-01") == ["2011-12-31T00:00:00+14:00"]


@pytest.mark.parametrize(
    "text",
    ["", "2026-12-24", "18:00", "2026-13-24T18:00", "2026-12-24T18:00+01:00", "2026-12-24T18:00Z", "soon"],
)
def test_what_is_no_local_date_and_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no local date and time; write for example 2026-12-24T18:00"):
        parse_date(text)


def test_an_instant_comes_once() -> None:
    instant = datetime(2026, 5, 5, 10, tzinfo=UTC)
    found = next_run(AtInstant(instant), ROME, datetime(2026, 5, 5, tzinfo=UTC))
    assert found == instant
    assert next_run(AtInstant(instant), ROME, datetime(2026, 5, 5, 10, 0, 1, tzinfo=UTC)) is None
