"""A site whose building is planned: devices of every kind, and what stands under ``plant``."""

from pathlib import Path
from textwrap import indent

from interlock.config.site import Site
from interlock.errors import Diagnostic
from interlock.model import Point, Value
from interlock.service.loading import examine
from interlock.simulation.coupling import Plan, read_plan

DEVICES = """
  living_thermostat: {connection: house, type: thermostat, guid: A}
  living_ac: {connection: house, type: hvac, guid: B}
  living_blind: {connection: house, type: blind, guid: C}
  living_window: {connection: house, type: light, guid: D}
  living_lamp: {connection: house, type: dimmer, guid: E, controllers: [power, powerlevel]}
  door: {connection: house, type: light, guid: F}
  outdoor: {connection: house, type: analog, guid: G, min: -40, max: 60, unit: °C}
  daylight: {connection: house, type: analog, guid: H, min: 0, max: 120000, unit: lx}
  evening: {connection: house, type: scene, guid: I}
  bath_temperature: {connection: bus, type: group, address: 1/0/1, dpt: "9.001"}
  bath_setpoint: {connection: bus, type: group, address: 1/0/2, dpt: "9.001"}
  bath_valve: {connection: bus, type: group, address: 1/0/3, dpt: "5.001"}
  bath_fan: {connection: bus, type: group, address: 1/0/4, dpt: "1.001"}
  bath_humidity: {connection: bus, type: group, address: 1/0/5, dpt: "9.007"}
  meter: {connection: bus, type: group, address: 1/0/6, dpt: "9.024"}
  away: {type: flag}
"""


def write_site(folder: Path, plant: str = "", devices: str = DEVICES) -> Path:
    """Write a site file, and return its folder."""
    section = f"plant:\n{indent(plant.strip(), '  ')}\n" if plant else ""
    (folder / "site.yaml").write_text(
        "site: {name: Planned, timezone: Europe/Rome, location: {latitude: 45, longitude: 9}}\n"
        "connections:\n"
        "  house: {driver: thinknx-local, host: localhost, poll: 1m}\n"
        "  bus: {driver: knx-raw, gateway: 127.0.0.1}\n"
        f"devices:{devices}{section}",
        encoding="utf-8",
    )
    return folder


def planned(folder: Path, plant: str = "", devices: str = DEVICES) -> tuple[Site, Plan, list[Diagnostic]]:
    """Return a site, its plan, and what is wrong with that."""
    examined = examine(write_site(folder, plant, devices), environ={})
    assert examined.site
    assert examined.findings == ()
    return examined.site, *read_plan(examined.site)


class Shelf:
    """Holds the values of points, and remembers what was set."""

    def __init__(self, values: dict[str, Value] | None = None) -> None:
        self.values: dict[Point, Value] = {Point(name): value for name, value in (values or {}).items()}
        self.told: list[tuple[Point, Value]] = []

    def value(self, point: Point) -> Value | None:
        """Return what a point holds."""
        return self.values.get(point)

    def set_value(self, point: Point, value: Value) -> None:
        """Let a point hold a value."""
        self.values[point] = value
        self.told.append((point, value))
