"""A flat in which something went well and much else did not: whoever telephones asks why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock import Point, Value
from interlock.model import Command, Origin, OriginKind
from interlock.simulation.house import House
from support.past_house import live

SITE = """\
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 30s}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac:
    connection: house
    type: hvac
    guid: 2KzQtaJXBVvwyuYCNlaXR
    guard: {hvacpower: {min_off: 20m}}
  window: {connection: house, type: light, guid: 3LaRuvKYCWwwzvZDOmbYS}
  lamp: {connection: house, type: light, guid: 4MbSvwLZDXxxawAEPncZT}
  away: {type: flag}
rules:
  - id: cool
    description: cools where it has been warm for a while, but not out of the window
    triggers: [{becomes: thermostat.actualtemp > 26, for: 5m}]
    condition: not window.power and (not away.value or thermostat.actualtemp > 30)
    cooldown: 30m
    actions:
      - set: {ac.hvacpower: on}
      - delay: 10s
      - set: {ac.hvacmode: cooling}
  - id: airing
    triggers: [{every: 1m}]
    condition: window.power
    actions: [{set: {ac.hvacpower: off}}, {delay: 150s}]
  - id: evening
    enabled: shadow
    triggers: [{at: "14:30"}]
    actions: [{set: {lamp.power: on}}]
  - id: siesta
    while: thermostat.actualtemp > 27
    keep: {ac.hvacfan: minimum}
    priority: 12
interlocks:
  - id: no-cooling-at-the-open-window
    never: window.power and ac.hvacmode == 'cooling'
"""
NOON = datetime(2026, 7, 14, 10, 0, 3, tzinfo=UTC)
"""In Rome, and three seconds, so that no poll meets a time of a rule."""
MINUTE = timedelta(minutes=1)
TEMPERATURE, POWER, MODE, FAN, WINDOW, LAMP, AWAY = map(
    Point,
    (
        "thermostat.actualtemp",
        "ac.hvacpower",
        "ac.hvacmode",
        "ac.hvacfan",
        "window.power",
        "lamp.power",
        "away.value",
    ),
)


async def afternoon(house: House) -> None:
    """Live from noon until a quarter past four, with half an hour in which no service runs."""
    _give(house, {TEMPERATURE: 24.0, MODE: "auto", POWER: False, FAN: "auto", WINDOW: False, LAMP: False})
    await house.switch_on()
    # Not warm enough for long enough, then warm enough.
    await _at(house, 10, {TEMPERATURE: 26.5})
    await _at(house, 14, {TEMPERATURE: 25.8})
    await _at(house, 20, {TEMPERATURE: 26.4})
    # Warm again while it cools down.
    await _at(house, 30, {TEMPERATURE: 25.0})
    await _at(house, 35, {TEMPERATURE: 26.6})
    await _at(house, 50, {TEMPERATURE: 25.0})
    # Warm, with the window open.
    await _at(house, 60, {WINDOW: True})
    await _at(house, 65, {TEMPERATURE: 26.8})
    await _at(house, 75, {TEMPERATURE: 25.0})
    await house.wait_until(NOON + 76 * MINUTE)
    await house.command({MODE: "cooling"}, Origin(OriginKind.OPERATOR, "cli"))
    await _at(house, 80, {WINDOW: False})
    # Warm, and somebody has switched the rule off.
    house.engine.runner.switch("cool", is_on=False, by="hand")
    await _at(house, 85, {TEMPERATURE: 27.5})
    _override(house, FAN, "maximum", 30 * MINUTE)
    await _at(house, 100, {TEMPERATURE: 25.0})
    house.engine.runner.switch("cool", is_on=True, by="hand")
    # Nobody knows how warm it is.
    house.equipment.lose_connection("house")
    await house.wait_until(NOON + 110 * MINUTE)
    house.equipment.regain_connection("house")
    await house.wait_until(NOON + 160 * MINUTE)
    await house.switch_off()
    await house.wait_until(NOON + 190 * MINUTE)
    await house.switch_on()
    await _at(house, 200, {TEMPERATURE: 26.2})
    await house.wait_until(NOON + 255 * MINUTE)


async def _at(house: House, minutes: float, values: dict[Point, Value]) -> None:
    await house.wait_until(NOON + minutes * MINUTE)
    _give(house, values)


def _give(house: House, values: dict[Point, Value]) -> None:
    for point, value in values.items():
        house.equipment.set_value(point, value)


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


def record_afternoon(folder: Path) -> Path:
    """Write the site and the journal of its afternoon into a folder; return the site file."""
    site = folder / "site.yaml"
    site.write_text(SITE)
    live(folder, NOON, afternoon, tells=True)
    return site
