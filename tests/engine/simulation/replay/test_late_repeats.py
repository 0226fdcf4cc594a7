"""What is kept and was sent anew, hours later, to a device that was away: no replay as recorded would."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock import Point
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.replay.comparison import Tally
from interlock.simulation.replay.groups import what_differs
from interlock.simulation.replay.playing import Own
from interlock.simulation.replay.replaying import Replayed, Sources, open_record, replay, span_of
from support.past_house import live

SITE = """
site: {name: Shed, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 5m}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  fan: {connection: house, type: light, guid: 2KzQtaJXBVvwyuYCNlaXR, default: {power: off}}
rules:
  - id: air
    while: thermostat.actualtemp > 26
    keep: {fan.power: on}
"""
START = datetime(2026, 7, 13, 6, 0, 3, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
END = START + 12 * HOUR
AIR, FAN = Point("thermostat.actualtemp"), Point("fan.power")


async def day(house: House) -> None:
    """Live through a warm day, on which the fan stands still after each time at which it was away."""
    house.equipment.set_value(AIR, 27.0)
    house.equipment.set_value(FAN, False)
    await house.switch_on()
    for hours in (2, 5):
        await house.wait_until(START + hours * HOUR)
        house.equipment.lose_connection("house")
        house.equipment.set_value(FAN, False)
        await house.wait_until(START + (hours + 1) * HOUR)
        house.equipment.regain_connection("house")
    await house.wait_until(START + 8 * HOUR)
    house.equipment.set_value(AIR, 25.0)
    await house.wait_until(START + 9 * HOUR)
    house.equipment.set_value(AIR, 27.0)
    await house.wait_until(END)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site and its journal, which no test changes."""
    folder = tmp_path_factory.mktemp("day")
    (folder / "site.yaml").write_text(SITE)
    live(folder, START, day, tells=False)
    return folder


def replayed(folder: Path, *, start: datetime = START, own: Own = Own.AS_RECORDED) -> Replayed:
    loaded = load(folder, environ={})
    with open_record(loaded.site, Sources()) as record:
        return replay(loaded, record, span_of(record, loaded, start, END, MINUTE), own)


def commands(found: Replayed) -> list[str]:
    return [f"{(each.at - START) // HOUR} {each}" for each in found.before]


def differences(found: Replayed) -> list[str]:
    assert found.comparison is not None
    return [f"{each.shown} {what_differs(each)}" for each in found.comparison.differences]


ONCE_EACH = ["0 fan.power = on", "8 fan.power = off", "9 fan.power = on"]
LEFT_OUT = "Commands that only repeat one that had not come about are left out: 2."


def test_it_is_not_missing_as_recorded(folder: Path) -> None:
    found = replayed(folder)
    assert (differences(found), commands(found)) == ([], ONCE_EACH)
    assert LEFT_OUT in found.notes
    assert found.comparison is not None
    assert found.comparison.tallies["rule air"] == Tally(before=2, after=2, same=2)


def test_what_was_sent_first_may_be_of_the_day_before(folder: Path) -> None:
    found = replayed(folder, start=START + HOUR)
    assert (differences(found), commands(found)) == ([], ONCE_EACH[1:])


def test_what_a_replay_sends_anew_as_well_is_the_same(folder: Path) -> None:
    found = replayed(folder, own=Own.PLANT)
    assert (differences(found), len(found.before)) == ([], 5)
    assert LEFT_OUT not in found.notes


def test_what_is_kept_anew_counts(folder: Path, tmp_path: Path) -> None:
    """After the second claim has ended in the record too, its command is missing where no rule wants it."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "site.yaml").write_text(SITE.replace("> 26", "> 30"))
    found = replayed(tmp_path)
    assert differences(found) == [f"{each[2:]} missing" for each in ONCE_EACH]
