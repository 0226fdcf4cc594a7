"""Rows of a weather file with their line numbers, and numbers out of their fields."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from interlock.errors import WeatherError

LIMITS = {
    "temperature_c": (-90.0, 60.0),
    "humidity_percent": (0.0, 110.0),
    "global_w_per_m2": (0.0, 1600.0),
    "direct_w_per_m2": (0.0, 1400.0),
    "diffuse_w_per_m2": (0.0, 1000.0),
    "wind_m_per_s": (0.0, 110.0),
    "rain_mm_per_h": (0.0, 400.0),
}
"""What can be on earth; it stops the 99.9 and 9999 that stand for missing values."""
POINT, COMMA = ".", ","
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file, taken apart."""

    path: Path
    line: int
    fields: tuple[str, ...]
    delimiter: str = COMMA

    def number(self, index: int, quantity: str, decimal: str = POINT) -> float:
        """Return the number in a field; relative humidity above 100 % is 100 %."""
        text = self.fields[index].strip()
        lowest, highest = LIMITS[quantity]
        number = _number(text, decimal)
        if not math.isfinite(number):
            form = " with a decimal comma, as others here" if decimal == COMMA and POINT in text else ""
            raise self.error(f"{quantity} must be a number{form}, not '{text}'")
        if not lowest <= number <= highest:
            raise self.error(f"{quantity} must be within {lowest:g} and {highest:g}, not {text}")
        return min(number, 100.0) if quantity == "humidity_percent" else number

    def error(self, message: str) -> WeatherError:
        """Return an error that names this line."""
        return WeatherError(f"{self.path}:{self.line}: {message}")


def _number(text: str, decimal: str) -> float:
    """Return the number that a text says, or NaN: of another decimal sign than it should have, too."""
    if decimal != POINT:
        text = text.replace(POINT, "?").replace(decimal, POINT)
    try:
        return float(text)
    except ValueError:
        return math.nan


def rows_of(path: Path, *, is_plain: bool = False) -> Iterator[Row]:
    """Yield the rows of a file that are not blank.

    Args:
        path: Of the file.
        is_plain: Whether commas part the columns, quotes are characters like any other, and names may be in
            any encoding; else the first line says what parts them: commas, semicolons or tabs.

    Raises:
        WeatherError: It is not there, or no text.
    """
    try:
        errors = "replace" if is_plain else "strict"
        with path.open(encoding="utf-8-sig", errors=errors, newline="") as file:
            delimiter = COMMA if is_plain else _delimiter(file)
            reader = csv.reader(
                file, delimiter=delimiter, quoting=csv.QUOTE_NONE if is_plain else csv.QUOTE_MINIMAL
            )
            for fields in reader:
                if any(field.strip() for field in fields):
                    yield Row(path, reader.line_num, tuple(fields), delimiter)
    except OSError as error:
        raise WeatherError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise WeatherError(f"{path} is no text in UTF-8, or no CSV: {error}") from error


def _delimiter(file: TextIO) -> str:
    """Return what parts the columns of the first line that is not blank; the file is where it was."""
    first = next((line for line in file if line.strip()), "")
    file.seek(0)
    return max(_DELIMITERS, key=first.count)
