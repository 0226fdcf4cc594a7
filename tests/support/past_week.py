"""A flat that lived through a week in July: a record of it, and the site that it is of."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock import Point, Value
from interlock.model import Command, Origin, OriginKind
from interlock.simulation.house import House
from support.past_house import live

SITE = """
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 5m}
  bus: {driver: knx-raw, through: house}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac:
    connection: house
    type: hvac
    guid: 2KzQtaJXBVvwyuYCNlaXR
    default: {hvacpower: off}
    guard: {hvacpower: {min_off: 20m}}
  lamp: {connection: bus, type: group, address: 1/0/1, dpt: "1.001"}
  away: {type: flag}
  siesta: {type: timer, duration: 40m}
rules:
  - id: cool
    while: thermostat.actualtemp > 26
    until: thermostat.actualtemp < 24.5
    keep: {ac.hvacpower: on, ac.hvacmode: cooling}
  - id: breeze
    triggers: [{becomes: thermostat.actualtemp > 27, for: 30m}]
    actions: [{set: {ac.hvacfan: maximum}}]
  - id: calm
    triggers: [{at: "22:00"}]
    actions: [{set: {ac.hvacfan: minimum}}]
  - id: light
    triggers: [{at: "12:10"}]
    condition: thermostat.actualtemp > 26
    actions: [{set: {lamp.value: on}}, {set: {siesta.running: on}}]
  - id: dark
    triggers: [{change: siesta.finished, to: on}, {change: away.value, to: on}]
    actions: [{set: {lamp.value: off}}]
  - id: leaving
    triggers: [{cron: "0 9 * * 1-5"}]
    actions: [{set: {away.value: on}}, {delay: 1h}, {set: {away.value: off}}]
"""
START = datetime(2026, 7, 12, 22, 0, 3, tzinfo=UTC)
"""Midnight in Rome, from Sunday to Monday; and three seconds, so that no poll meets a time of a rule."""
DAYS = 7
END = START + DAYS * timedelta(days=1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TEMPERATURE, MODE, POWER, FAN = map(
    Point, ("thermostat.actualtemp", "ac.hvacmode", "ac.hvacpower", "ac.hvacfan")
)
LAMP, AWAY = Point("lamp.value"), Point("away.value")
_STEP = 20 * MINUTE


def temperature(passed: timedelta) -> float:
    """Return a day's curve, the same each day, highest at three in the afternoon."""
    hour = passed / HOUR % 24
    return round(25.5 + 2.5 * math.sin((hour - 9) / 24 * math.tau), 1)


def at(day: int, hour: float) -> datetime:
    """Return an instant of the week; day 0 is Monday."""
    return START + timedelta(days=day, hours=hour)


async def week(house: House) -> None:
    """Live through the week: a restart on Tuesday, a hand, an override, a lost server, orders."""
    _give(house, {TEMPERATURE: 24.0, MODE: "auto", POWER: False, FAN: "auto"})
    await house.switch_on()
    while house.clock.now() < END:
        now = house.clock.now()
        await _turn(house, now)
        _give(house, {TEMPERATURE: temperature(now - START)})
        await house.wait_until(min(now + _STEP, END))


def _give(house: House, values: dict[Point, Value]) -> None:
    for point, value in values.items():
        house.equipment.set_value(point, value)


async def _turn(house: House, now: datetime) -> None:
    """Let happen what happens on some days."""
    if now == at(1, 10):
        await house.switch_off()
    elif now == at(1, 11):
        await house.switch_on()
    elif now == at(2, 14):
        _give(house, {MODE: "heating"})
    elif now == at(3, 13):
        _override(house, MODE, "dry", 3 * HOUR)
    elif now == at(4, 12):
        house.equipment.lose_connection("house")
    elif now == at(4, 12) + 40 * MINUTE:
        house.equipment.regain_connection("house")
    elif now == at(5, 11):
        await house.command({AWAY: True, FAN: "average"})


def _override(house: House, point: Point, value: Value, length: timedelta) -> None:
    now = house.clock.now()
    command = Command(
        id=house.engine.new_id(),
        point=point,
        value=value,
        origin=Origin(OriginKind.OPERATOR, "cli"),
        created_at=now,
        priority=8,
        holds=True,
        until=now + length,
    )
    house.engine.submit([command])


def record_week(folder: Path) -> None:
    """Write the site and the journal of its week into a folder."""
    (folder / "site.yaml").write_text(SITE)
    live(folder, START, week, tells=False)
