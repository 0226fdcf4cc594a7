"""What a replay is fed with: files of readings and what was fetched, alone and together with a journal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock import Point, Value
from interlock.driver import Recorded
from interlock.errors import ConfigurationError
from interlock.history.records import Entry, ServiceStart
from interlock.history.sql_journal import SqlJournal
from interlock.model import Reading
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.replay.playing import Own
from interlock.simulation.replay.replaying import (
    Baseline,
    Replayed,
    Sources,
    open_record,
    replay,
    span_of,
)
from support.past_house import WrittenAt, live
from support.past_week import MODE, TEMPERATURE

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
"""In Rome."""
MINUTE = timedelta(minutes=1)
SITE = """
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 1m}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac: {connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR}
  away: {type: flag}
rules:
  - id: cool
    triggers: [{becomes: thermostat.actualtemp > 26, for: 10m}]
    condition: not away.value
    actions: [{set: {ac.hvacmode: cooling}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(SITE)
    return tmp_path


def table(folder: Path, *rows: str, name: str = "values.csv") -> Path:
    """Write a file of readings; a row is minutes from noon, a point and a value."""
    lines = ["at,point,value,quality"]
    for row in rows:
        minutes, point, value, *quality = row.split()
        at = (NOON + int(minutes) * MINUTE).isoformat()
        lines.append(f"{at},{point},{'' if value == '-' else value},{''.join(quality)}")
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def replayed(
    folder: Path, sources: Sources, *, begins: int = 0, length: int = 60, own: Own = Own.AS_RECORDED
) -> Replayed:
    """Replay some minutes from noon on."""
    loaded = load(folder, environ={})
    start = NOON + begins * MINUTE
    with open_record(loaded.site, sources) as record:
        span = span_of(record, loaded, start, NOON + length * MINUTE, MINUTE)
        return replay(loaded, record, span, own)


def told(found: Replayed) -> list[str]:
    """Return what would be sent, by the minutes from noon."""
    return [f"{(each.at - NOON) / MINUTE:g} {each}" for each in found.after]


def from_table(folder: Path, *rows: str, begins: int = 0) -> list[str]:
    return told(replayed(folder, Sources(tables=[table(folder, *rows)]), begins=begins))


HOT = "20 thermostat.actualtemp 27"
COLD = "0 thermostat.actualtemp 24"
LAST = "50 thermostat.actualtemp 27"
COOLING = "ac.hvacmode = cooling"


def test_readings_of_a_file_are_played_at_their_instants(folder: Path) -> None:
    assert from_table(folder, COLD, HOT) == [f"30 {COOLING}"]


def test_a_file_alone_has_nothing_to_compare_with(folder: Path) -> None:
    found = replayed(folder, Sources(tables=[table(folder, COLD, HOT)]))
    assert found.baseline is Baseline.NOTHING
    assert found.comparison is None
    assert "Readings from files: thermostat.actualtemp." in found.notes


def test_what_is_true_in_the_first_row_is_no_rise(folder: Path) -> None:
    assert from_table(folder, "0 thermostat.actualtemp 27", "40 thermostat.actualtemp 27") == []


def test_what_began_before_the_start_goes_on(folder: Path) -> None:
    """It rose 5 minutes before the replay counts, and holds for 10."""
    assert from_table(folder, "-10 thermostat.actualtemp 24", "-5 thermostat.actualtemp 27", LAST) == [
        f"5 {COOLING}"
    ]


def test_what_was_sent_before_the_start_does_not_count(folder: Path) -> None:
    assert from_table(folder, COLD, HOT, LAST, begins=35) == []


def test_a_reading_of_before_the_warm_up_is_known(folder: Path) -> None:
    assert from_table(folder, "-3000 thermostat.actualtemp 24", HOT) == [f"30 {COOLING}"]


def test_what_is_unknown_pauses_a_hold(folder: Path) -> None:
    unknown, known = "22 thermostat.actualtemp - stale", "32 thermostat.actualtemp 27"
    assert from_table(folder, COLD, HOT, unknown, known) == [f"40 {COOLING}"]


def test_points_of_the_site_are_set_as_by_a_hand(folder: Path) -> None:
    assert from_table(folder, COLD, "10 away.value on", HOT) == []
    assert from_table(folder, COLD, "10 away.value on", HOT, "25 away.value off") == [f"30 {COOLING}"]


def test_files_may_be_several(folder: Path) -> None:
    tables = [
        table(folder, COLD, HOT),
        table(folder, "0 ac.hvacmode auto", "29 ac.hvacmode cooling", name="b.csv"),
    ]
    found = replayed(folder, Sources(tables=tables))
    assert told(found) == []
    assert "Readings from files: ac.hvacmode, thermostat.actualtemp." in found.notes


def test_errors_of_all_files_are_said_at_once(folder: Path) -> None:
    tables = [table(folder, "0 thermostat.actualtmp 24"), table(folder, "0 ac.mode auto", name="b.csv")]
    with pytest.raises(ConfigurationError) as caught:
        replayed(folder, Sources(tables=tables))
    assert [Path(each.file).name for each in caught.value.diagnostics] == ["values.csv", "b.csv"]


def write(path: Path, *recorded: Recorded) -> None:
    """Write what was fetched into a journal."""

    async def main() -> None:
        journal = SqlJournal(path, WrittenAt(NOON + timedelta(days=30)), is_service=False)
        await journal.open()
        journal.record(*recorded)
        await journal.close()

    asyncio.run(main())


def serve(path: Path, begins: datetime, *entries: Entry) -> None:
    """Write a run of a service of an hour into a journal."""

    async def main() -> None:
        clock = WrittenAt(begins)
        journal = SqlJournal(path, clock)
        await journal.open()
        journal.record(ServiceStart(at=begins, version="1", is_dry_run=False), *entries)
        clock.time = begins + 60 * MINUTE
        await journal.close()

    asyncio.run(main())


def test_what_was_read_before_rules_were_looked_at_counts(folder: Path) -> None:
    """The first polls are on their way while a service opens its journal."""
    early = timedelta(milliseconds=100)
    again = NOON + 90 * MINUTE
    cold = Reading(point=TEMPERATURE, value=24.0, observed_at=NOON - early)
    hot = Reading(point=TEMPERATURE, value=27.0, observed_at=again - early)
    serve(folder / "interlock.sqlite", NOON, cold)
    serve(folder / "interlock.sqlite", again, hot)
    assert told(replayed(folder, Sources(), length=150)) == [f"100 {COOLING}"]


def remembered(minutes: int, value: Value, point: Point = TEMPERATURE) -> Recorded:
    return Recorded(point=point, value=value, at=NOON + minutes * MINUTE)


def test_what_was_fetched_is_played(folder: Path) -> None:
    write(folder / "interlock.sqlite", remembered(-3000, 24.0), remembered(20, 27.0), remembered(35, 24.0))
    found = replayed(folder, Sources(fetched=True))
    assert told(found) == [f"30 {COOLING}"]
    assert found.baseline is Baseline.NOTHING
    assert "Readings that were fetched from devices: thermostat.actualtemp." in found.notes


def test_a_file_comes_before_what_was_fetched(folder: Path) -> None:
    write(folder / "interlock.sqlite", remembered(0, 24.0), remembered(20, 27.0), remembered(0, "dry", MODE))
    path = table(folder, COLD, "40 thermostat.actualtemp 27")
    found = replayed(folder, Sources(fetched=True, tables=[path]))
    assert told(found) == [f"50 {COOLING}"]
    assert "Readings that were fetched from devices: ac.hvacmode." in found.notes


async def quiet_hour(house: House) -> None:
    """Live through an hour in which nothing happens."""
    house.equipment.set_value(TEMPERATURE, 24.0)
    house.equipment.set_value(MODE, "auto")
    await house.switch_on()
    await house.wait_until(NOON + 60 * MINUTE)


def test_a_file_comes_before_the_journal(folder: Path) -> None:
    live(folder, NOON, quiet_hour, tells=True)
    assert told(replayed(folder, Sources())) == []
    found = replayed(folder, Sources(tables=[table(folder, COLD, HOT)]))
    assert found.baseline is Baseline.RECORDED
    assert told(found) == [f"30 {COOLING}"]
    assert found.comparison is not None
    assert not found.comparison.is_same


def test_unrecorded_points_are_named(folder: Path) -> None:
    found = replayed(folder, Sources(tables=[table(folder, "0 ac.hvacmode auto")]))
    assert found.notes[-1] == (
        "Nothing is recorded of points that rules read, which are unknown: thermostat.actualtemp."
    )


def test_points_that_the_site_lacks_are_named(folder: Path) -> None:
    live(folder, NOON, quiet_hour, tells=True)
    (folder / "site.yaml").write_text(SITE.replace("  ac:", "  unit:").replace("{ac.", "{unit."))
    assert replayed(folder, Sources()).notes[-1] == (
        "Readings of points that the site does not have are left out: ac.hvacmode."
    )
