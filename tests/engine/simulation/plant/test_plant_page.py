"""The page about the simulated building says what the code does."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.simulation.plant.air_conditioner import AcRating
from interlock.simulation.plant.blind import BlindRating
from interlock.simulation.plant.emitter import HEATED_FLOOR, RADIATOR
from interlock.simulation.plant.occupants import HEAT_W, Occupants, WindowHabit
from interlock.simulation.plant.outdoors import LUMEN_PER_W, Outdoors
from interlock.simulation.plant.room import Room, Window
from interlock.simulation.plant.synthetic_weather import Climate
from interlock.simulation.plant.weather_file import read_weather
from interlock.simulation.plant.weather_rows import LIMITS
from support.plant_house import MILAN

PAGE = (Path(__file__).parents[4] / "docs" / "explanation" / "plant.md").read_text(encoding="utf-8")
ROOM, AC, BLIND, WINDOW = Room(), AcRating(), BlindRating(), Window()
HABIT = WindowHabit()
CLIMATE = Climate(mean_c=0, annual_swing_k=0)


@pytest.mark.parametrize(
    "sentence",
    [
        f"{ROOM.floor_m2:g} m², {ROOM.height_m:g} m",
        f"{ROOM.capacity_j_per_m2_k / 1000:g} kJ/K for each m² of floor",
        f"{ROOM.loss_w_per_m2_k:g} W/K for each m² of floor",
        f"| {ROOM.air_changes_per_h:g} an hour |",
        f"| {ROOM.open_air_changes_per_h:g} an hour |",
        f"{ROOM.appliances_w:g} W always, {ROOM.occupied_w:g} W more while somebody is there",
        f"{WINDOW.area_m2:g} m² to the south, g = {WINDOW.g_value:g}",
        f"within {AC.band_k:g} K of its setpoint",
        f"{AC.cooling_w / 1000:g} kW cooling, {AC.heating_w / 1000:g} kW heating",
        f"COP is {AC.quality:g} of Carnot's",
        f"50 K)^{RADIATOR.exponent:g} · valve, with a delay of {RADIATOR.time_constant_s / 60:g} minutes",
        f"(excess temperature / {HEATED_FLOOR.nominal_excess_k:g} K)^{HEATED_FLOOR.exponent:g} · valve",
        f"{BLIND.travel_s:g} s from end to end, {BLIND.turn_s:g} s for the lamellas",
        f"leaves {100 * BLIND.open_share:g} % of the sun with lamellas level",
        f"{100 * BLIND.closed_share:g} % closed",
        f"give {HEAT_W:g} W",
        f"above {HABIT.warm_c:g} °C and cooler outdoors, unless it is below {HABIT.mild_c:g} °C",
        f"shows {LUMEN_PER_W:g} lx for each W/m²",
        f"warm and cold spells of {CLIMATE.spell_k:g} K",
    ],
)
def test_its_figures_are_the_defaults(sentence: str) -> None:
    assert sentence in PAGE


def test_people_are_off_by_a_quarter_of_an_hour_at_most() -> None:
    assert Occupants().jitter_h == HABIT.airing_h == 0.25
    assert "up to a quarter of an hour earlier or later" in PAGE


def test_its_table_has_every_column_of_a_csv_file() -> None:
    columns = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(columns) == sorted(["time", *LIMITS])


@pytest.mark.parametrize(
    ("column", "default"), [("humidity_percent", "60"), ("wind_m_per_s", "2"), ("rain_mm_per_h", "0")]
)
def test_its_table_says_what_a_missing_column_is(column: str, default: str) -> None:
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| `{column}`")]
    assert line.endswith(f"| {default} where it is missing |")
    assert getattr(Outdoors(temperature_c=0.0), column) == float(default)


def test_its_example_is_a_weather_file(tmp_path: Path) -> None:
    [example] = re.findall(r"```text\n(time,.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "example.csv"
    path.write_text(example, encoding="utf-8")
    weather = read_weather(path, timezone=UTC, place=MILAN)
    assert weather.at(datetime(2026, 7, 1, 12, tzinfo=UTC)).temperature_c == 27.4
