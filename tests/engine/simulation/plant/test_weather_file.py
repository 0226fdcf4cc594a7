"""A weather file is read by its suffix, and checked for the span it is needed for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.errors import WeatherError
from interlock.simulation.plant.weather_file import read_weather

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TWO_HOURS = "time,temperature_c,global_w_per_m2,direct_w_per_m2,diffuse_w_per_m2\n" + "\n".join(
    f"2026-07-01T{hour}:00Z,25,0,0,0" for hour in (12, 13, 14)
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "July.CSV"
    path.write_text(TWO_HOURS, encoding="utf-8")
    return path


def test_a_file_that_covers_what_is_asked_is_taken(path: Path) -> None:
    assert read_weather(path, timezone=UTC, covers=(NOON, NOON + 2 * HOUR)).at(NOON).temperature_c == 25


@pytest.mark.parametrize("covers", [(NOON, NOON + 4 * HOUR), (NOON - 2 * HOUR, NOON)])
def test_a_file_that_does_not_is_refused(path: Path, covers: tuple[datetime, datetime]) -> None:
    with pytest.raises(
        WeatherError, match="covers 2026-07-01 12:00 to 2026-07-01 14:00 UTC, but not 2026-07-01 1"
    ):
        read_weather(path, timezone=UTC, covers=covers)


def test_the_suffix_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(WeatherError, match=r"w\.txt: a weather file is named \.epw or \.csv"):
        read_weather(tmp_path / "w.txt", timezone=UTC)


def test_a_file_that_is_not_there_is_no_weather(tmp_path: Path) -> None:
    with pytest.raises(WeatherError, match=r"w\.csv cannot be read: No such file or directory"):
        read_weather(tmp_path / "w.csv", timezone=UTC)


def test_a_picture_is_no_weather(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(WeatherError, match=r"w\.csv is no text in UTF-8, or no CSV: "):
        read_weather(path, timezone=UTC)
