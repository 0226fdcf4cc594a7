"""A small site for simulations: a thermostat, an air conditioner, a lamp on a bus, a flag."""

from pathlib import Path

from interlock.model import Point
from interlock.service.loading import Loaded, load

TEMPERATURE, POWER, MODE, LAMP, AWAY = (
    Point("thermostat.actualtemp"),
    Point("ac.hvacpower"),
    Point("ac.hvacmode"),
    Point("lamp.value"),
    Point("away.value"),
)
SITE = """
site: {name: Small house, timezone: Europe/Rome, location: {latitude: 45.464, longitude: 9.190}}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20, poll: 30s}
  bus: {driver: knx-raw, through: house}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac: {connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR}
  lamp: {connection: bus, type: group, address: 1/0/1, dpt: "1.001"}
  away: {type: flag}
"""
RULES = """
rules:
  - id: cool
    triggers: [{becomes: thermostat.actualtemp > 26}]
    actions: [{set: {ac.hvacpower: on, ac.hvacmode: cooling}}]
  - id: lamp-on-time
    triggers: [{at: "06:30"}]
    actions: [{set: {lamp.value: on}}]
"""


def load_small_house(path: Path, rules: str = RULES, site: str = SITE) -> Loaded:
    """Write the site with some rules into a directory, and load it."""
    (path / "site.yaml").write_text(site + rules)
    return load(path, environ={})
