"""A day of a house in which much is random or due at once, told as the dump of its journal.

Run as a program, it prints the dump; its argument is the seed.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock import Point
from interlock.clock import WallClock
from interlock.history.journal import MemoryJournal
from interlock.history.records import Entry
from interlock.history.sql_journal import SqlJournal
from interlock.service.loading import load
from interlock.simulation.house import House
from interlock.simulation.virtual_time import run_virtual

START = datetime(2026, 10, 24, 20, tzinfo=UTC)
"""The evening before summer time ends in Rome."""
_AT_ONCE = 1000
ROOMS = ("hall", "kitchen", "bath", "living", "study", "attic")
TURNED = ", ".join(f"{room}_light.power: '{{{{ not {room}_light.power }}}}'" for room in ROOMS)
BLOWN = ", ".join(f"{room}_fan.value: on" for room in ROOMS[2:])
STATS = ", ".join(f"{room}_stat.actualtemp" for room in ROOMS)
SITE = f"""
site: {{name: Flat, timezone: Europe/Rome, location: {{latitude: 45.464, longitude: 9.19}}}}
connections:
  house: {{driver: thinknx-local, host: 192.168.1.20, poll: 30s}}
  bus: {{driver: knx-raw, through: house}}
devices:
{
    "".join(
        f'''  {room}_light: {{connection: house, type: light, guid: light-{room}}}
  {room}_stat: {{connection: house, type: thermostat, guid: stat-{room}}}
  {room}_fan: {{connection: bus, type: group, address: 1/0/{number}, dpt: "1.001"}}
'''
        for number, room in enumerate(ROOMS)
    )
}
  away: {{type: flag}}
groups:
  lights: [{", ".join(f"{room}_light" for room in ROOMS)}]
  stats: [{", ".join(f"{room}_stat" for room in ROOMS)}]
interlocks:
  - {{id: not-both, never: hall_fan.value and kitchen_fan.value}}
rules:
  - id: spread
    for_each: {{room: [{", ".join(ROOMS)}]}}
    triggers: [{{every: 10m, jitter: 4m}}]
    actions:
      - delay: {{random: [1s, 90s]}}
      - set: {{"{{{{ room }}}}_fan.value": "{{{{ {{{{ room }}}}_stat.actualtemp > 21 }}}}"}}
  - id: together
    for_each: {{room: [{", ".join(ROOMS)}]}}
    triggers:
      - every: 15m
      - cron: "*/30 * * * *"
      - change: ["{{{{ room }}}}_light.power", away.value]
    mode: parallel
    max: 5
    actions: [{{set: {{{TURNED}}}}}]
    limit: 20 per 1h
  - {{id: kept, while: "avg(stats.actualtemp) > 21", keep: {{{BLOWN}}}, priority: 12}}
  - {{id: lost, triggers: [{{unavailable: [{STATS}]}}], actions: [{{log: "{{{{ trigger.point }}}}"}}]}}
  - id: gone
    triggers: [{{becomes: "not any(lights.power)", for: 3m}}]
    actions: [{{set: {{away.value: on}}}}, {{pulse: {{bath_fan.value: on, for: 2s}}}}]
  - {{id: back, triggers: [{{becomes: "any(lights.power)"}}], actions: [{{set: {{away.value: off}}}}]}}
"""


def entries(path: Path, seed: int) -> Sequence[Entry]:
    """Return what happens from evening to morning."""
    (path / "site.yaml").write_text(SITE, encoding="utf-8")
    loaded = load(path, environ={})

    async def main() -> Sequence[Entry]:
        journal = MemoryJournal()
        house = House(loaded, START, tells=False, journal=journal, seed=seed)
        for point in house.equipment.points():
            if point.controller in ("power", "value"):
                house.equipment.set_value(point, False)
        for number in range(12):
            for place, room in enumerate(ROOMS):
                warm = 18 + (number * 7 + place * 5) % 8
                house.equipment.set_value(Point(f"{room}_stat.actualtemp"), warm)
            if number == 0:
                await house.switch_on()
            await house.wait_until(START + timedelta(minutes=30 * number + 10))
            if number == 6:
                house.equipment.lose_connection("house")
            if number == 7:
                house.equipment.regain_connection("house")
            if number == 9:
                await house.switch_off()
            if number == 10:
                await house.switch_on()
        await house.switch_off()
        return journal.entries

    return run_virtual(main())


class _StartClock(WallClock):
    """Shows the start all the time."""

    def now(self) -> datetime:
        return START


def dump(path: Path, seed: int) -> str:
    """Return what stands in the day's journal, as SQL."""

    async def write(found: Sequence[Entry]) -> None:
        journal = SqlJournal(path / "journal.sqlite", _StartClock())
        await journal.open()
        for begin in range(0, len(found), _AT_ONCE):
            journal.record(*found[begin : begin + _AT_ONCE])
            await journal.commit()
        await journal.close()

    asyncio.run(write(entries(path, seed)))
    with closing(sqlite3.connect(path / "journal.sqlite")) as file:
        # The order of the tables' indexes is not the journal's.
        return "\n".join(line for line in file.iterdump() if line.startswith("INSERT"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(dump(Path(folder), int(sys.argv[1])))
