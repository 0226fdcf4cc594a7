"""Weather from a file: EPW, or CSV with columns that name their units."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path

from interlock.errors import WeatherError
from interlock.simulation.plant.outdoors import Weather
from interlock.simulation.plant.weather_csv import read_csv
from interlock.simulation.plant.weather_epw import read_epw
from interlock.sun import Place


def read_weather(
    path: Path,
    *,
    timezone: tzinfo,
    place: Place | None = None,
    covers: tuple[datetime, datetime] | None = None,
) -> Weather:
    """Read the weather of a file, by its suffix ``.epw`` or ``.csv``.

    Args:
        path: Of the file.
        timezone: In which times of a CSV file are that name no offset.
        place: Where the file does not tell direct from diffuse radiation, the sun there divides them.
        covers: From when to when it is going to be asked, aware; None where that is not known.

    Raises:
        WeatherError: It cannot be read, or does not cover that; the message names file and line.
    """
    weather: Weather
    match path.suffix.lower():
        case ".epw":
            weather = read_epw(path)
        case ".csv":
            weather = read_csv(path, timezone=timezone, place=place)
        case _:
            raise WeatherError(f"{path}: a weather file is named .epw or .csv")
    for instant in covers or ():
        weather.at(instant)
    return weather
