"""A small site whose scenarios are written by the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

from interlock.errors import ConfigurationError, Diagnostic, Severity
from interlock.simulation.scenarios.playing import Result, play
from interlock.simulation.scenarios.suite import Suite, load_suite

SITE = """\
site: {name: Flat, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 192.168.1.20}
  bus: {driver: knx-raw, gateway: 192.168.1.10}
notifiers:
  phone: {via: webhook, url: !env HOOK}
devices:
  thermostat: {connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}
  ac: {connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR}
  evening: {connection: house, type: scene, guid: 8QfWzgPDHBbceaEITrgDX}
  window: {connection: house, type: light, guid: 8rESQedUStPKR0CsTy4Qwb}
  lamp: {connection: house, type: light, guid: 6OdUxeNBFZzacyCGRpeBV}
  dimmer: {connection: house, type: dimmer, guid: 5NcTwdMAEYyzbxBFQodAU}
  bell: {connection: bus, type: group, address: 1/0/1, dpt: "1.001"}
  away: {type: flag}
  eggs: {type: timer, duration: 5m}
  wanted: {type: number, min: 15, max: 30, initial: 21}
groups:
  switches: [window, lamp]
interlocks:
  - id: no-cooling-outside
    never: window.power and ac.hvacpower
rules:
  - id: cool
    description: cools
    triggers:
      - becomes: thermostat.actualtemp > 26
    condition: not window.power
    actions:
      - set: {ac.hvacmode: cooling}
      - launch: evening
  - id: empty
    description: tells who is away
    triggers:
      - change: away.value
        id: changed
      - event: left
      - webhook: door
    actions:
      - if: away.value
        then:
          - notify: {via: phone, title: House, message: "nobody is in, at {{ wanted.value }} °C"}
          - set: {lamp.power: off}
        else:
          - log: somebody is in
  - id: rings
    description: lights the way for whoever rings
    mode: restart
    triggers:
      - telegram: 1/0/1
      - telegram: 7/0/1
    actions:
      - set: {lamp.power: on}
      - delay: 2m
      - set: {lamp.power: off}
  - id: warm
    description: keeps it warm at night
    while: between('22:00', '06:00')
    keep: {thermostat.setpoint: 18}
"""


@dataclass(frozen=True, slots=True)
class ScenarioSite:
    """A directory for the site.

    Args:
        path: An empty directory.
        site: The site file without its scenarios.
    """

    path: Path
    site: str = SITE

    def write(self, *scenarios: str) -> Path:
        """Write the site file with scenarios, each a mapping in YAML; return it."""
        file = self.path / "site.yaml"
        items = "".join("- " + indent(dedent(each).strip("\n"), "  ")[2:] + "\n" for each in scenarios)
        file.write_text(f"{self.site}scenarios:\n{items}" if scenarios else self.site, encoding="utf-8")
        return file

    def suite(self, *scenarios: str) -> Suite:
        """Return the site with scenarios."""
        return load_suite(self.write(*scenarios), environ={"HOOK": "https://example.com/hook-of-the-house"})

    def play(self, *lines: str, start: str = "2026-07-14T12:00") -> Result:
        """Play one scenario, whose name and start need not be written."""
        [scenario] = (suite := self.suite(_scenario(*lines, start=start))).scenarios
        return play(scenario, suite.loaded)

    def errors(self, *lines: str, start: str = "2026-07-14T12:00") -> list[str]:
        """Return what is wrong with one scenario: what is underlined, the message and the hint."""
        return self.errors_of(_scenario(*lines, start=start))

    def errors_of(self, *scenarios: str) -> list[str]:
        """Return what is wrong with whole scenarios."""
        try:
            self.suite(*scenarios)
        except ConfigurationError as error:
            return [_shown(each) for each in error.diagnostics if each.severity is Severity.ERROR]
        return []

    def differences(self, *lines: str, start: str = "2026-07-14T12:00") -> Sequence[str]:
        """Play one scenario, and return what differs."""
        return [each.message for each in self.play(*lines, start=start).differences]


def _scenario(*lines: str, start: str) -> str:
    return "\n".join(("name: it", f"start: {start}", *map(dedent, lines)))


def _shown(found: Diagnostic) -> str:
    begin = found.column - 1
    marked = found.excerpt[begin : begin + found.length].strip()
    hint = f"; {found.hint}" if found.hint else ""
    return f"{marked} | {found.message}{hint}"
