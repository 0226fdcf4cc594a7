"""A CSV file of weather is read as it says, and refused where it says nothing clear."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.errors import WeatherError
from interlock.simulation.plant.outdoors import Outdoors, Weather
from interlock.simulation.plant.sunshine import day_of_year, split, sun_at
from interlock.simulation.plant.weather_file import read_weather
from support.plant_house import MILAN

ROME = ZoneInfo("Europe/Rome")
FULL = (
    "time,temperature_c,humidity_percent,global_w_per_m2,direct_w_per_m2,diffuse_w_per_m2,wind_m_per_s,"
    "rain_mm_per_h"
)
PAIR = "time,temperature_c,global_w_per_m2,direct_w_per_m2,diffuse_w_per_m2"


def read(tmp_path: Path, text: str, *, with_place: bool = True) -> Weather:
    path = tmp_path / "w.csv"
    path.write_text(text, encoding="utf-8")
    return read_weather(path, timezone=ROME, place=MILAN if with_place else None)


def refusal(tmp_path: Path, text: str, *, with_place: bool = True) -> str:
    with pytest.raises(WeatherError) as caught:
        read(tmp_path, text, with_place=with_place)
    return str(caught.value).removeprefix(str(tmp_path) + "/")


def test_every_column_is_read_in_its_unit(tmp_path: Path) -> None:
    weather = read(
        tmp_path,
        f"{FULL}\n2026-07-01T12:00Z,25,40,800,700,150,3,0.5\n2026-07-01T13:00Z,27,60,600,500,50,5,1.5\n",
    )
    assert weather.at(datetime(2026, 7, 1, 12, 30, tzinfo=UTC)) == Outdoors(
        temperature_c=26,
        humidity_percent=50,
        global_w_per_m2=700,
        direct_w_per_m2=600,
        diffuse_w_per_m2=100,
        wind_m_per_s=4,
        rain_mm_per_h=1,
    )


def test_columns_stand_in_any_order_with_blanks_and_blank_lines(tmp_path: Path) -> None:
    text = (
        "\ufefftemperature_c , time , global_w_per_m2\n\n 5 , 2026-01-01T00:00Z , 0 \n7,2026-01-01T01:00Z,0\n"
    )
    assert read(tmp_path, text).at(datetime(2026, 1, 1, tzinfo=UTC)).temperature_c == 5


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_columns_are_parted_as_spreadsheets_of_other_countries_do(
    tmp_path: Path, delimiter: str, decimal: str
) -> None:
    text = f"\n{PAIR}\n2026-07-01T12:00Z,25|5,800,700,150\n2026-07-01T13:00Z,26,0|25,0,0\n"
    weather = read(tmp_path, text.replace(",", delimiter).replace("|", decimal))
    assert weather.at(datetime(2026, 7, 1, 12, tzinfo=UTC)).temperature_c == 25.5
    assert weather.at(datetime(2026, 7, 1, 13, tzinfo=UTC)).global_w_per_m2 == 0.25


def test_without_direct_radiation_the_sun_there_divides_it(tmp_path: Path) -> None:
    at = datetime(2026, 7, 1, 11, tzinfo=UTC)
    text = "time,temperature_c,global_w_per_m2\n2026-07-01T11:00Z,25,800\n2026-07-01T12:00Z,25,800\n"
    outdoors = read(tmp_path, text).at(at)
    expected = split(800.0, sun_at(MILAN, at.timestamp()).up, day_of_year(at))
    assert (outdoors.direct_w_per_m2, outdoors.diffuse_w_per_m2) == pytest.approx(expected)
    assert expected[0] > 500


def test_times_without_offset_are_local(tmp_path: Path) -> None:
    text = f"{PAIR}\n2026-07-01T12:00,25,0,0,0\n2026-07-01T13:00,27,0,0,0\n"
    assert read(tmp_path, text).at(datetime(2026, 7, 1, 10, tzinfo=UTC)).temperature_c == 25


def test_the_repeated_hour_comes_twice(tmp_path: Path) -> None:
    hours = ["01:00", "02:00", "02:00", "03:00"]
    lines = [f"2026-10-25T{hour},{number},0,0,0" for number, hour in enumerate(hours)]
    weather = read(tmp_path, "\n".join([PAIR, *lines]))
    start = datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert [weather.at(start + timedelta(hours=hour)).temperature_c for hour in range(4)] == [0, 1, 2, 3]


GOOD = "2026-07-01T12:00Z,25,800,700,150"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "w.csv is empty: expected a header with time, temperature_c, global_w_per_m2"),
        (PAIR, "w.csv: expected two lines of weather at least under the header"),
        (f"{PAIR}\n{GOOD}", "w.csv: expected two lines of weather at least under the header"),
        (
            "time,temperatur_c,global_w_per_m2",
            "w.csv:1: unknown column 'temperatur_c', did you mean 'temperature_c'?",
        ),
        (
            "time,xyz",
            "w.csv:1: unknown column 'xyz'; there are time, temperature_c, humidity_percent, "
            "global_w_per_m2, direct_w_per_m2, diffuse_w_per_m2, wind_m_per_s, rain_mm_per_h",
        ),
        ("time,temperature_c", "w.csv:1: column 'global_w_per_m2' is missing"),
        ("temperature_c,global_w_per_m2", "w.csv:1: column 'time' is missing"),
        ("time,time,temperature_c", "w.csv:1: column 'time' comes twice"),
        (
            "time,temperature_c,global_w_per_m2,direct_w_per_m2",
            "w.csv:1: column 'direct_w_per_m2' needs 'diffuse_w_per_m2' beside it",
        ),
        (
            "time,temperature_c,global_w_per_m2,diffuse_w_per_m2",
            "w.csv:1: column 'diffuse_w_per_m2' needs 'direct_w_per_m2' beside it",
        ),
        (f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,25,800", "w.csv:3: 3 fields under a header of 5"),
        (
            "temperature_c,global_w_per_m2,time\n25,0,2026-07-01T12:00Z\n25,0",
            "w.csv:3: 2 fields under a header of 3",
        ),
        (
            f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,25,5,800,700,150",
            "w.csv:3: 6 fields under a header of 5; decimal commas need semicolons between the columns",
        ),
        (
            f"{PAIR.replace(',', ';')}\n2026-07-01T12:00Z;25;0;0;0\n2026-07-01T13:00Z;25;0;0;0;0",
            "w.csv:3: 6 fields under a header of 5",
        ),
        (
            f"{PAIR.replace(',', ';')}\n2026-07-01T12:00Z;25.5;0;0;0\n2026-07-01T13:00Z;25.5;1,234;0;0",
            "w.csv:2: temperature_c must be a number with a decimal comma, as others here, not '25.5'",
        ),
        (
            f"{PAIR.replace(',', ';')}\n2026-07-01T12:00Z;25;0;0;0\n2026-07-01T13:00Z;25;1.234,5;0;0",
            "w.csv:3: global_w_per_m2 must be a number with a decimal comma, as others here, not '1.234,5'",
        ),
        (
            f'{PAIR}\n{GOOD}\n2026-07-01T13:00Z,25,"1,234",0,0',
            "w.csv:3: global_w_per_m2 must be a number, not '1,234'",
        ),
        (f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,x,0,0,0", "w.csv:3: temperature_c must be a number, not 'x'"),
        (
            f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,nan,0,0,0",
            "w.csv:3: temperature_c must be a number, not 'nan'",
        ),
        (f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,,0,0,0", "w.csv:3: temperature_c must be a number, not ''"),
        (
            f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,20,-1,0,0",
            "w.csv:3: global_w_per_m2 must be within 0 and 1600, not -1",
        ),
        (
            f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,99.9,0,0,0",
            "w.csv:3: temperature_c must be within -90 and 60, not 99.9",
        ),
        (f"{PAIR}\n{GOOD}\n1 July,25,0,0,0", "w.csv:3: time must be as in 2026-07-01T12:00, not '1 July'"),
        (f"{PAIR}\n{GOOD}\n{GOOD}", "w.csv:3: time runs backwards, or stands still"),
        (f"{PAIR}\n{GOOD}\n2026-07-01T11:59Z,25,0,0,0", "w.csv:3: time runs backwards, or stands still"),
        (
            f"{PAIR}\n{GOOD}\n2026-07-01T15:30Z,25,0,0,0",
            "w.csv:3: a gap of 3.5 h before this line; 3 h is the longest that can be bridged",
        ),
        (
            f"{PAIR}\n{GOOD}\n2026-07-01T13:00,25,0,0,0",
            "w.csv:3: times must all have an offset from UTC, or none of them",
        ),
        (
            f"{PAIR}\n2026-03-29T01:30,5,0,0,0\n2026-03-29T02:30,5,0,0,0",
            "w.csv:3: 2026-03-29 02:30 does not exist in Europe/Rome: the clocks skip it",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text) == message


def test_a_gap_of_three_hours_is_bridged(tmp_path: Path) -> None:
    text = f"{PAIR}\n{GOOD}\n2026-07-01T15:00Z,28,0,0,0"
    assert read(tmp_path, text).at(datetime(2026, 7, 1, 13, tzinfo=UTC)).temperature_c == pytest.approx(26)


def test_without_a_place_nobody_can_divide_the_radiation(tmp_path: Path) -> None:
    text = "time,temperature_c,global_w_per_m2\n2026-07-01T11:00Z,25,800\n"
    expected = (
        "w.csv:1: columns 'direct_w_per_m2' and 'diffuse_w_per_m2' are needed where the site has no location"
    )
    assert refusal(tmp_path, text, with_place=False) == expected


def test_without_a_place_both_columns_do(tmp_path: Path) -> None:
    text = f"{PAIR}\n{GOOD}\n2026-07-01T13:00Z,25,0,0,0"
    weather = read(tmp_path, text, with_place=False)
    assert weather.at(datetime(2026, 7, 1, 12, tzinfo=UTC)).direct_w_per_m2 == 700


def test_fog_is_saturated_at_most(tmp_path: Path) -> None:
    header = "time,temperature_c,humidity_percent,global_w_per_m2"
    text = f"{header}\n2026-07-01T11:00Z,5,104,0\n2026-07-01T12:00Z,5,104,0\n"
    assert read(tmp_path, text).at(datetime(2026, 7, 1, 11, tzinfo=UTC)).humidity_percent == 100
