"""An EPW file stands for every year, in the standard time of its place."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from interlock.errors import WeatherError
from interlock.simulation.plant.weather_epw import TypicalYear, read_epw
from interlock.sun import Place

pytestmark = pytest.mark.slow
"""A year of hours for each file."""

HEADER = [
    "LOCATION,Milano Linate,-,ITA,IGDG,160800,45.43,9.28,1.0,103.0",
    "DESIGN CONDITIONS,0",
    "TYPICAL/EXTREME PERIODS,0",
    "GROUND TEMPERATURES,0",
    "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
    "COMMENTS 1,made for a test",
    "COMMENTS 2,",
    "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31",
]
CET = timezone(timedelta(hours=1))


def record(index: int, year: int = 2005) -> list[str]:
    """A line whose temperature is the day of the year over ten, and whose radiation is the hour."""
    day, hour = divmod(index, 24)
    when = date(2005, 1, 1) + timedelta(days=day)
    fields = ["0"] * 35
    fields[0:5] = [str(year), str(when.month), str(when.day), str(hour + 1), "60"]
    fields[6], fields[8] = f"{day / 10:.1f}", "50"
    fields[13], fields[14], fields[15] = str(100 * hour % 1300), str(10 * hour), str(hour)
    fields[21], fields[33] = "2.5", "999"
    return fields


def lines() -> list[str]:
    return HEADER + [",".join(record(index)) for index in range(8760)]


def write(tmp_path: Path, content: list[str]) -> Path:
    path = tmp_path / "m.epw"
    path.write_text("\r\n".join(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> TypicalYear:
    return read_epw(write(tmp_path_factory.mktemp("epw"), lines()))


def test_the_header_says_where_it_is(year: TypicalYear) -> None:
    assert year.place == Place(45.43, 9.28)


@pytest.mark.parametrize("number", [1999, 2026, 2028])
def test_any_year_has_its_weather(year: TypicalYear, number: int) -> None:
    """The first of July is the 182nd day, whose index is 181; in a leap year as well."""
    assert year.at(datetime(number, 7, 1, 12, tzinfo=CET)).temperature_c == pytest.approx(18.1)


def test_temperatures_are_those_of_the_full_hour_and_radiation_that_of_half_past(year: TypicalYear) -> None:
    at_ten, before_ten = (
        year.at(datetime(2026, 7, 1, 10, tzinfo=CET) - timedelta(minutes=m)) for m in (0, 30)
    )
    assert before_ten.global_w_per_m2 == 900
    assert before_ten.direct_w_per_m2 == 90
    assert before_ten.diffuse_w_per_m2 == 9
    assert at_ten.global_w_per_m2 == 950
    assert at_ten.wind_m_per_s == 2.5
    assert at_ten.humidity_percent == 50
    assert at_ten.rain_mm_per_h == 0


def test_a_day_ends_with_the_value_of_its_hour_24(year: TypicalYear) -> None:
    midnight = datetime(2026, 7, 2, tzinfo=CET)
    steps = [year.at(midnight + timedelta(minutes=minutes)).temperature_c for minutes in (0, 30, 60)]
    assert steps == pytest.approx([18.1, 18.15, 18.2])


def test_summer_time_does_not_shift_it(year: TypicalYear) -> None:
    assert year.at(datetime(2026, 7, 1, 7, 30, tzinfo=UTC)).global_w_per_m2 == 800


def test_the_year_goes_round(year: TypicalYear) -> None:
    new_year = datetime(2026, 1, 1, tzinfo=CET)
    steps = [year.at(new_year + timedelta(minutes=minutes)).temperature_c for minutes in (0, 30, 60)]
    assert steps == pytest.approx([36.4, 18.2, 0.0])


def test_the_29th_of_february_repeats_the_28th(year: TypicalYear) -> None:
    noon = datetime(2028, 2, 28, 12, tzinfo=CET)
    days = [year.at(noon + timedelta(days=days)).temperature_c for days in (-1, 0, 1, 2)]
    assert days == pytest.approx([5.7, 5.8, 5.8, 5.9])
    assert year.at(datetime(2100, 3, 1, 12, tzinfo=CET)).temperature_c == pytest.approx(5.9)


def test_a_measured_leap_year_leaves_its_29th_of_february_out(tmp_path: Path) -> None:
    content = lines()
    leap = [",".join([*record(index)[:1], "2", "29", *record(index)[3:]]) for index in range(24)]
    at = len(HEADER) + 59 * 24
    path = write(tmp_path, content[:at] + leap + content[at:])
    assert read_epw(path).at(datetime(2026, 3, 1, 12, tzinfo=CET)).temperature_c == pytest.approx(5.9)


def test_rain_is_read_where_it_was_measured(tmp_path: Path) -> None:
    content = lines()
    wet = record(0)
    wet[33] = "1.5"
    content[len(HEADER)] = ",".join(wet)
    found = read_epw(write(tmp_path, content)).at(datetime(2026, 1, 1, 0, 30, tzinfo=CET))
    assert found.rain_mm_per_h == 1.5


@pytest.mark.parametrize("missing", ["", "999", "999.000", "-9900.0"])
def test_rain_that_was_not_measured_is_none(tmp_path: Path, missing: str) -> None:
    found = read_epw(write(tmp_path, changed(9, 33, missing)))
    assert found.at(datetime(2026, 1, 1, 0, 30, tzinfo=CET)).rain_mm_per_h == 0


def test_headers_between_the_first_and_the_last_are_as_they_like(tmp_path: Path) -> None:
    content = lines()
    content[2], content[3] = content[3], content[2]
    content[4] = "HOLIDAYS/DAYLIGHT SAVING,No,0,0,0"
    content[5] = 'COMMENTS 1,"a quote that never ends'
    assert read_epw(write(tmp_path, content)).place == Place(45.43, 9.28)


def test_names_may_be_in_any_encoding(tmp_path: Path) -> None:
    path = tmp_path / "m.epw"
    path.write_bytes("\n".join(lines()).replace("Milano", "São Paulo").encode("latin-1"))
    assert read_epw(path).place == Place(45.43, 9.28)


def test_older_files_with_fewer_fields_are_read(tmp_path: Path) -> None:
    content = HEADER + [",".join(record(index)[:22]) for index in range(8760)]
    assert read_epw(write(tmp_path, content)).at(datetime(2026, 7, 1, tzinfo=CET)).rain_mm_per_h == 0


def changed(line: int, field: int, text: str) -> list[str]:
    """The file with one field of a line, counted from 1, replaced."""
    content = lines()
    fields = content[line - 1].split(",")
    fields[field] = text
    content[line - 1] = ",".join(fields)
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], ":1: an EPW file has 'LOCATION' here, not 'the end'"),
        (["time,temperature_c"], ":1: an EPW file has 'LOCATION' here, not 'time'"),
        (HEADER[:5], ":8: an EPW file has 'DATA PERIODS' here, not 'the end'"),
        (HEADER, ": a year has 8760 hours, and the file 0"),
        (lines()[:-1], ": a year has 8760 hours, and the file 8759"),
        ([*lines(), ",".join(record(0))], ": a year has 8760 hours, and the file 8761"),
        (changed(8, 2, "4"), ":8: one record an hour can be read, not 4"),
        (changed(1, 6, "north"), ":1: field 7 must be a number, not 'north'"),
        (changed(1, 7, "181"), ":1: field 8 must be within ±180, not 181"),
        (changed(1, 8, ""), ":1: field 9 must be a number, not ''"),
        (changed(9, 6, "99.9"), ":9: temperature_c must be within -90 and 60, not 99.9"),
        (changed(10, 8, "999"), ":10: humidity_percent must be within 0 and 110, not 999"),
        (changed(10, 13, "9999"), ":10: global_w_per_m2 must be within 0 and 1600, not 9999"),
        (changed(10, 14, "x"), ":10: direct_w_per_m2 must be a number, not 'x'"),
        (changed(10, 15, "-5"), ":10: diffuse_w_per_m2 must be within 0 and 1000, not -5"),
        (changed(10, 21, "999"), ":10: wind_m_per_s must be within 0 and 110, not 999"),
        (changed(10, 33, "wet"), ":10: field 34 must be a number, not 'wet'"),
        (changed(11, 1, "I"), ":11: field 2 must be a whole number, not 'I'"),
        (
            [*lines()[:10], *lines()[11:]],
            ":11: expected hour 3 of 1/1, not hour 4 of 1/1: hours are missing or out of order",
        ),
        ([*HEADER, ",".join(record(0)[:21]), *lines()[9:]], ":9: 21 fields instead of 35"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, content: list[str], message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(WeatherError) as caught:
        read_epw(path)
    assert str(caught.value) == f"{path}{message}"
