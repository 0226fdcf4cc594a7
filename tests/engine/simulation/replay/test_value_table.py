"""Readings out of CSV files, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.errors import ConfigurationError
from interlock.model import Quality, Reading
from interlock.service.loading import load
from interlock.simulation.replay.value_table import ValueTable
from support.past_week import AWAY, LAMP, MODE, SITE, TEMPERATURE

TEN = datetime(2026, 7, 14, 8, tzinfo=UTC)
"""Ten in the morning in Rome."""
MINUTE = timedelta(minutes=1)
FORMS = "begin with at,point,value or with at and the names of points"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(SITE)
    return tmp_path


def table_of(folder: Path, text: str | bytes) -> ValueTable:
    """Return a table that is not checked yet."""
    path = folder / "values.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    site = load(folder, environ={}).site
    return ValueTable(path, site.targets, site.timezone)


def read(folder: Path, text: str) -> list[Reading]:
    table = table_of(folder, text)
    table.check()
    return list(table.readings(TEN - MINUTE, TEN + timedelta(days=200)))


def findings(folder: Path, text: str | bytes) -> list[str]:
    """Return what is wrong with a table, a line each."""
    with pytest.raises(ConfigurationError) as caught:
        table_of(folder, text).check()
    return [
        f"{each.line}: {each.message}{f' | {each.hint}' if each.hint else ''}"
        for each in caught.value.diagnostics
    ]


def test_a_row_is_a_reading(folder: Path) -> None:
    text = (
        "at,point,value\n2026-07-14T10:00,thermostat.actualtemp,26.4\n2026-07-14T10:01,ac.hvacmode,COOLING\n"
    )
    assert read(folder, text) == [
        Reading(point=TEMPERATURE, value=26.4, observed_at=TEN),
        Reading(point=MODE, value="cooling", observed_at=TEN + MINUTE),
    ]


def test_or_a_column_is_a_point(folder: Path) -> None:
    text = "at;thermostat.actualtemp;ac.hvacpower\n2026-07-14 10:00:00;26.4;on\n\n2026-07-14T08:01Z;;off\n"
    assert [(each.point, each.value, each.observed_at) for each in read(folder, text)] == [
        (TEMPERATURE, 26.4, TEN),
        ("ac.hvacpower", True, TEN),
        ("ac.hvacpower", False, TEN + MINUTE),
    ]


def test_what_is_not_good_is_unknown(folder: Path) -> None:
    rows = "2026-07-14T10:00,thermostat.actualtemp,26,stale\n2026-07-14T10:01,ac.hvacmode,,fault\n"
    text = f"at,point,value,quality\n{rows}"
    assert [(each.value, each.quality) for each in read(folder, text)] == [(None, Quality.FAULT)] * 2


def test_points_of_the_site_may_stand_in_it(folder: Path) -> None:
    text = "at,point,value\n2026-07-14T10:00,away.value,on\n2026-07-14T10:00,lamp.value,on\n"
    assert [each.point for each in read(folder, text)] == [AWAY, LAMP]


def test_it_knows_its_points_and_its_span(folder: Path) -> None:
    table = table_of(
        folder, "at,thermostat.actualtemp,away.value\n2026-07-14T10:00,20,\n2026-07-14T11:00,21,\n"
    )
    table.check()
    assert table.points == {TEMPERATURE}
    assert table.span == (TEN, TEN + timedelta(hours=1))


def test_what_was_before_an_instant_is_the_last_of_each_point(folder: Path) -> None:
    table = table_of(
        folder,
        "at,thermostat.actualtemp,ac.hvacmode\n2026-07-14T10:00,20,auto\n2026-07-14T10:05,21,\n2026-07-14T10:10,22,\n",
    )
    table.check()
    assert [(each.point, each.value) for each in table.before(TEN + 10 * MINUTE)] == [
        (MODE, "auto"),
        (TEMPERATURE, 21),
    ]


def test_a_span_begins_with_and_ends_before(folder: Path) -> None:
    table = table_of(
        folder, "at,thermostat.actualtemp\n" + "".join(f"2026-07-14T10:0{n},2{n}\n" for n in range(5))
    )
    table.check()
    assert [each.value for each in table.readings(TEN + MINUTE, TEN + 3 * MINUTE)] == [21, 22]


def test_an_hour_that_comes_twice_may_do_so(folder: Path) -> None:
    clocks = ("02:10", "02:50", "02:10", "03:00")
    text = "at,thermostat.actualtemp\n" + "".join(f"2026-10-25T{clock},20\n" for clock in clocks)
    assert [each.observed_at.strftime("%H:%M") for each in read(folder, text)] == [
        "00:10",
        "00:50",
        "01:10",
        "02:00",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1: the file is empty: it must begin with a line of column names"]),
        (
            "time,point,value\n",
            [f"1: there is no column 'at' for the times | {FORMS}"],
        ),
        ("at,at\n", ["1: the column 'at' is there twice"]),
        (
            "at\n",
            [f"1: there is no column for a point | {FORMS}"],
        ),
        (
            "at,point,value,unit\n",
            [f"1: there is no use for a column 'unit' | {FORMS}"],
        ),
        (
            "at,thermostat.actualtmp\n",
            [
                "1: the site has no point 'thermostat.actualtmp' | did you mean 'thermostat.actualtemp'?",
            ],
        ),
        (
            "at,point,value\n2026-07-14,lamp.valu,on\n2026-07-14,lamp.valu,off\n",
            ["2: the site has no point 'lamp.valu', in 2 rows | did you mean 'lamp.value'?"],
        ),
        (
            "at,siesta.start\n",
            ["1: siesta.start holds nothing: it only takes commands"],
        ),
        (
            "at,point,value\n2026-07-14,lamp.value\n",
            ["2: the row has 2 cells under a header of 3"],
        ),
        (
            "at,lamp.value\n2026-07-15,on\n2026-07-14,off\n",
            [
                "3: 2026-07-14 comes after 2026-07-15 00:00:00+02:00: rows must stand in the order of their "
                "times"
            ],
        ),
        (
            "at,lamp.value\n2026-03-29T02:30,on\n",
            ["2: there is no 02:30 on 2026-03-29 in Europe/Rome: clocks jump past it"],
        ),
        (
            "at,lamp.value\nnoon,on\n",
            ["2: 'noon' is no date: write for example 2026-07-13 or 2026-07-13T06:00"],
        ),
        (
            "at,ac.hvacmode\n2026-07-14,coling\n",
            [
                "2: ac.hvacmode cannot be 'coling': it takes cooling, heating, dry, fan or auto; "
                "did you mean 'cooling'?"
            ],
        ),
        (
            "at,thermostat.actualtemp\n2026-07-14,nan\n",
            ["2: thermostat.actualtemp cannot be 'nan': it takes a number from -50 to 150 °C"],
        ),
        (
            "at,point,value\n2026-07-14,lamp.value,\n",
            ["2: lamp.value has no value: an unknown one needs its quality"],
        ),
        (
            "at,point,value,quality\n2026-07-14,lamp.value,on,poor\n",
            ["2: there is no quality 'poor': write good, stale, fault or nothing"],
        ),
        (b"at,lamp.value\n2026-07-14,\xff\n", ["1: the file is no text in UTF-8"]),
    ],
)
def test_what_is_wrong_is_said_with_its_line(folder: Path, text: str | bytes, expected: list[str]) -> None:
    assert findings(folder, text) == expected


def test_all_errors_are_said_at_once_but_not_thousands(folder: Path) -> None:
    assert len(findings(folder, "at,lamp.value\n" + "noon,on\n" * 3)) == 3
    assert len(findings(folder, "at,lamp.value\n" + "noon,on\n" * 300)) == 20


def test_a_file_that_is_not_there_is_an_error(folder: Path) -> None:
    site = load(folder, environ={}).site
    with pytest.raises(ConfigurationError) as caught:
        ValueTable(folder / "no.csv", site.targets, site.timezone).check()
    assert [each.message for each in caught.value.diagnostics] == [
        "the file cannot be read: No such file or directory"
    ]
