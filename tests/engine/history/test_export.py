"""Readings as a table in a file: what stands in it, that it is read again, and is there whole or not."""

import io
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pyarrow.parquet import read_table

from interlock import Value
from interlock.errors import ReportFailed
from interlock.history import export
from interlock.history.export import write_csv, write_parquet
from interlock.model import Point, Quality, Reading
from interlock.service.loading import load
from interlock.simulation.replay.value_table import ValueTable
from interlock.whole_file import replaced
from support.journal_entries import AC_MODE, TEMPERATURE, reading

ROME = ZoneInfo("Europe/Rome")
AUTUMN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""Half an hour before clocks are set back."""
HOUR = timedelta(hours=1)


def rows(*readings: Reading) -> list[tuple[datetime, Reading]]:
    return [(each.at, each) for each in readings]


def as_csv(*readings: Reading) -> list[str]:
    file = io.BytesIO()
    assert write_csv(rows(*readings), ROME, file) == len(readings)
    return file.getvalue().decode().splitlines()


def test_times_are_local_with_their_offset_also_in_the_hour_that_comes_twice() -> None:
    assert as_csv(reading(21.5, at=AUTUMN), reading(22, at=AUTUMN + HOUR)) == [
        "at,point,value,quality,reason",
        "2026-10-25T02:30:00+02:00,living_thermostat.actualtemp,21.5,good,",
        "2026-10-25T02:30:00+01:00,living_thermostat.actualtemp,22,good,",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "on"),
        (20.142857142857142, "20.142857142857142"),
        (1e22, "1e+22"),
        ("a, b", '"a, b"'),
        (-3, "-3"),
    ],
)
def test_values_are_written_as_in_rules_with_all_their_digits(value: Value, text: str) -> None:
    assert as_csv(reading(value))[1].removesuffix(",good,").endswith(f"actualtemp,{text}")


def test_what_is_unknown_has_a_quality_and_a_reason() -> None:
    fault = reading(None, quality=Quality.FAULT, reason='it said "no"')
    assert as_csv(fault)[1].endswith('actualtemp,,fault,"it said ""no"""')


def test_a_table_of_nothing_has_its_header() -> None:
    assert as_csv() == ["at,point,value,quality,reason"]


def test_a_file_of_parquet_has_the_same_and_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_ROWS_AT_ONCE", 2)
    file = io.BytesIO()
    given = [
        reading(21.5, at=AUTUMN),
        reading(True, at=AUTUMN + HOUR, point=AC_MODE, quality=Quality.ASSUMED),
        reading("cooling", at=AUTUMN + HOUR, point=AC_MODE),
        reading(None, at=AUTUMN + 2 * HOUR, quality=Quality.FAULT, reason="silent"),
        reading(3, at=AUTUMN + 2 * HOUR),
    ]
    assert write_parquet(rows(*given), ROME, file) == 5
    table = read_table(io.BytesIO(file.getvalue()))
    assert str(table.schema.field("at").type) == "timestamp[us, tz=Europe/Rome]"
    names = ("at", "point", "value", "number", "quality", "reason")
    # An instant in the hour that comes twice equals none of another zone: PEP 495.
    found = [{**row, "at": row["at"].astimezone(UTC)} for row in table.to_pylist()]
    assert [tuple(row[name] for name in names) for row in found] == [
        (AUTUMN, TEMPERATURE, "21.5", 21.5, "good", ""),
        (AUTUMN + HOUR, AC_MODE, "on", 1.0, "assumed", ""),
        (AUTUMN + HOUR, AC_MODE, "cooling", None, "good", ""),
        (AUTUMN + 2 * HOUR, TEMPERATURE, None, None, "fault", "silent"),
        (AUTUMN + 2 * HOUR, TEMPERATURE, "3", 3.0, "good", ""),
    ]


def test_who_lacks_the_extra_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "interlock.history.parquet", raising=False)
    with pytest.raises(
        ReportFailed, match=r"^a Parquet file needs the extra parquet: pip install 'interlock\["
    ):
        write_parquet([], ROME, io.BytesIO())


class Sink(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]


def many(count: int) -> Iterator[tuple[datetime, Reading]]:
    for number in range(count):
        at = AUTUMN + timedelta(minutes=number)
        yield at, reading(number / 7, at=at)


@pytest.mark.slow
def test_a_long_time_takes_no_more_memory_than_a_short_one() -> None:
    tracemalloc.start()
    try:
        write_csv(many(30_000), ROME, io.BufferedWriter(Sink()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_a_file_takes_the_place_of_another_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with replaced(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_broken_off_leaves_the_other_one(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replaced(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    path, why = tmp_path / "nowhere" / "x.csv", r"x\.csv cannot be written: no such file or directory$"
    with pytest.raises(ReportFailed, match=why), replaced(path):
        pass
    with pytest.raises(ReportFailed, match="what is there is not a file"), replaced(tmp_path):
        pass


SITE = """
site: {name: Flat, timezone: Europe/Rome}
devices:
  comfort: {type: number}
  away: {type: flag}
  word: {type: text}
"""


def test_a_replay_reads_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    comfort, away, word = Point("comfort.value"), Point("away.value"), Point("word.value")
    given = [
        reading(20.142857142857142, at=AUTUMN, point=comfort),
        reading(True, at=AUTUMN + HOUR, point=away, quality=Quality.ASSUMED),
        reading('say "hello", twice', at=AUTUMN + HOUR, point=word),
        reading(None, at=AUTUMN + 2 * HOUR, point=comfort, quality=Quality.FAULT, reason="silent"),
    ]
    path = tmp_path / "out.csv"
    with replaced(path) as file:
        write_csv(rows(*given), ROME, file)
    table = ValueTable(path, load(tmp_path, environ={}).site.targets, ROME)
    table.check()
    found = list(table.readings(AUTUMN, AUTUMN + 9 * HOUR))
    assert [(each.at, each.point, each.value, each.is_usable) for each in found] == [
        (each.at, each.point, each.value, each.is_usable) for each in given
    ]
    assert found[-1].reason == "silent"
