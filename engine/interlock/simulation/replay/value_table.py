"""Readings out of a CSV file: a row a reading, or a column a point. Its errors are found before a replay.

A file is read twice, row by row: once to check it, once to replay it. It is never held in memory as a whole.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.capabilities import nearest
from interlock.driver import Target
from interlock.errors import ConfigurationError, Diagnostic, InvalidValue
from interlock.model import Point, Quality, Reading, Value
from interlock.plurals import counted
from interlock.rules.instants import read_instant

_AT, _POINT, _VALUE, _QUALITY, _REASON = "at", "point", "value", "quality", "reason"
_LONG = (_AT, _POINT, _VALUE)
_QUALITIES = {each.value: each for each in Quality if each is not Quality.ASSUMED}
_MOST_FINDINGS = 20
_DELIMITERS = ",;\t"
_UNREADABLE = "the file says so"
_Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Column:
    """Where the value of a point stands in a row of the wide form."""

    place: int
    target: Target


class ValueTable:
    """A CSV file of readings.

    Args:
        path: The file.
        targets: The site's points.
        zone: Of times without an offset.
    """

    def __init__(self, path: Path, targets: Mapping[Point, Target], zone: ZoneInfo) -> None:
        self.path = path
        self._targets = targets
        self._zone = zone
        self._findings: list[Diagnostic] = []
        self._strangers: Counter[str] = Counter()
        self._stranger_at: dict[str, int] = {}
        self._delimiter = ","
        self._header: Sequence[str] = ()
        self._columns: Sequence[_Column] = ()
        self._last: datetime | None = None
        self.points: frozenset[Point] = frozenset()
        """The points of which it has values; known once it was checked."""
        self.span: tuple[datetime, datetime] | None = None
        """The instants of its first and its last row; None where it has none."""

    def check(self) -> None:
        """Read the whole file.

        Raises:
            ConfigurationError: it cannot be read, or has errors; all of them, up to a number.
        """
        seen: set[Point] = set()
        first: datetime | None = None
        for reading in self._readings():
            seen.add(reading.point)
            first = first or reading.observed_at
        self._report_strangers()
        if self._findings:
            raise ConfigurationError(self._findings)
        self.points = frozenset(seen)
        self.span = (first, self._last) if first and self._last else None

    def readings(self, start: datetime, end: datetime) -> Iterator[Reading]:
        """Yield what points showed from an instant until before another; only once it was checked."""
        for reading in self._readings():
            if reading.observed_at >= end:
                return
            if reading.observed_at >= start:
                yield reading

    def before(self, instant: datetime) -> Sequence[Reading]:
        """Return the last reading of each point before an instant."""
        last: dict[Point, Reading] = {}
        for reading in self._readings():
            if reading.observed_at >= instant:
                break
            last[reading.point] = reading
        return [last[point] for point in sorted(last)]

    def _readings(self) -> Iterator[Reading]:
        self._last = None
        rows = self._rows()
        header = next(rows, None)
        if header is None:
            if not self._findings:
                self._note(1, "the file is empty: it must begin with a line of column names")
            return
        if not self._read_header(*header):
            return
        read = self._wide if self._columns else self._long
        for number, cells in rows:
            if len(self._findings) >= _MOST_FINDINGS:
                return
            at = self._instant(number, cells)
            if at is not None:
                yield from read(number, cells, at)

    def _rows(self) -> Iterator[_Row]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                first = file.readline()
                self._delimiter = max(_DELIMITERS, key=first.count)
                file.seek(0)
                rows = csv.reader(file, delimiter=self._delimiter, strict=True)
                yield from ((rows.line_num, [cell.strip() for cell in row]) for row in rows if any(row))
        except OSError as error:
            self._note(1, f"the file cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self._note(1, "the file is no text in UTF-8")
        except csv.Error as error:
            self._note(1, f"the file is no CSV: {error}")

    def _read_header(self, number: int, cells: Sequence[str]) -> bool:
        """Take in which column is what; return whether rows can be read by it."""
        self._header = names = [cell if "." in cell else cell.lower() for cell in cells]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            self._note(number, f"the column '{twice}' is there twice")
        elif _AT not in names:
            self._note(number, "there is no column 'at' for the times", _FORMS)
        elif set(_LONG) <= set(names):
            strange = [name for name in names if name not in (*_LONG, _QUALITY, _REASON)]
            if not strange:
                self._columns = ()
                return True
            self._note(number, f"there is no use for a column '{strange[0]}'", _FORMS)
        else:
            return self._read_wide_header(number, names)
        return False

    def _read_wide_header(self, number: int, names: Sequence[str]) -> bool:
        found = [(place, name) for place, name in enumerate(names) if name != _AT]
        if not found:
            self._note(number, "there is no column for a point", _FORMS)
        targets = [(place, self._target(name, number)) for place, name in found]
        self._columns = [_Column(place, target) for place, target in targets if target]
        return len(self._columns) == len(names) - 1 > 0

    def _instant(self, number: int, cells: Sequence[str]) -> datetime | None:
        if len(cells) != len(self._header):
            found = counted(len(cells), "cell")
            self._note(number, f"the row has {found} under a header of {len(self._header)}")
            return None
        text = cells[self._header.index(_AT)]
        try:
            at = read_instant(text, self._zone)
        except ValueError as error:
            self._note(number, str(error))
            return None
        if self._last is not None and at < self._last:
            at = self._second(at, text)
            if at < self._last:
                before = self._last.astimezone(self._zone).isoformat(sep=" ", timespec="seconds")
                self._note(
                    number, f"{text} comes after {before}: rows must stand in the order of their times"
                )
                return None
        self._last = at
        return at

    def _second(self, at: datetime, text: str) -> datetime:
        """Return the later of two instants that a local time can be, where clocks have been set back."""
        wall = datetime.fromisoformat(text)
        return at if wall.tzinfo else wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC)

    def _long(self, number: int, cells: Sequence[str], at: datetime) -> Iterator[Reading]:
        cell = dict(zip(self._header, cells, strict=True))
        target = self._target(cell[_POINT], number)
        if target is None:
            return
        word = cell.get(_QUALITY) or Quality.GOOD.value
        if word.lower() == Quality.ASSUMED.value:
            word = Quality.GOOD.value
        quality = _QUALITIES.get(word.lower())
        if quality is None:
            self._note(number, f"there is no quality '{word}': write {', '.join(_QUALITIES)} or nothing")
        elif quality is Quality.GOOD:
            yield from self._good(number, target, cell[_VALUE], at)
        else:
            reason = cell.get(_REASON) or _UNREADABLE
            yield Reading(
                point=target.point, value=None, observed_at=at, quality=Quality.FAULT, reason=reason
            )

    def _wide(self, number: int, cells: Sequence[str], at: datetime) -> Iterator[Reading]:
        for column in self._columns:
            if cells[column.place]:
                yield from self._good(number, column.target, cells[column.place], at)

    def _good(self, number: int, target: Target, text: str, at: datetime) -> Iterator[Reading]:
        try:
            value = _value(target, text)
        except InvalidValue as error:
            self._note(number, f"{target.device.name}.{error}")
            return
        yield Reading(point=target.point, value=value, observed_at=at)

    def _target(self, name: str, number: int) -> Target | None:
        target = self._targets.get(Point(name))
        if target is None:
            self._strangers[name] += 1
            self._stranger_at.setdefault(name, number)
        elif not target.capability.has_reading:
            self._note(number, f"{name} holds nothing: it only takes commands")
            return None
        return target

    def _report_strangers(self) -> None:
        for name, count in self._strangers.items():
            meant = nearest(name, self._targets)
            rows = "" if self._columns or count == 1 else f", in {count} rows"
            hint = f"did you mean '{meant}'?" if meant else ""
            self._note(self._stranger_at[name], f"the site has no point '{name}'{rows}", hint)

    def _note(self, line: int, message: str, hint: str = "") -> None:
        self._findings.append(Diagnostic(str(self.path), line, 1, message, hint=hint))


_FORMS = "begin with at,point,value or with at and the names of points"


def _value(target: Target, text: str) -> Value:
    if not text:
        raise InvalidValue(f"{target.capability.controller} has no value: an unknown one needs its quality")
    value = target.capability.check_reading(text)
    assert value is not None
    return value
