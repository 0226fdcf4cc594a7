"""The same site, with the same timeline, in real time over real HTTP and in virtual time on twins.

Devices and hands act half way between two polls, so that both see the same at the same poll.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock import ConnectionSettings, Simulator, Target, Value
from interlock_founten.simulator import FountenSimulator
from interlock_thinknx.simulator import ThinknxSimulator
from support.live_house import Happening, Line, Play, Scene, Timeline, Twice, play_twice

pytestmark = pytest.mark.lengthy

ROME, DENVER = ZoneInfo("Europe/Rome"), ZoneInfo("America/Denver")
TOLERANCE_S = 1.0
"""One poll."""

FLAT = """
site: {{name: Flat, timezone: Europe/Rome}}
connections:
  house: {{driver: thinknx-local, host: 127.0.0.1, port: {port}, poll: 1s, timeout: 900ms, stale_after: 3s}}
devices:
  thermostat: {{connection: house, type: thermostat, guid: 1IzPszHWAUuvzxtXBMkzWQ}}
  ac: {{connection: house, type: hvac, guid: 2KzQtaJXBVvwyuYCNlaXR, manual_hold: 5s, settle: 1500ms,
        guard: {{hvacpower: {{min_on: 3s}}}}}}
  hall: {{connection: house, type: light, guid: 6OdUxeNBFZzacyCGRpeBV}}
  desk: {{connection: house, type: light, guid: 7OdUxeNBFZzacyCGRpeBV}}
  evening: {{connection: house, type: scene, guid: 8QfWzgPDHBbceaEITrgDX}}
  away: {{type: flag}}
interlocks:
  - id: no-cooling-when-away
    never: away.value and ac.hvacpower
    instead: {{ac.hvacpower: off}}
rules:
  - id: warm
    triggers: [{{becomes: "thermostat.actualtemp > 26", for: 3s}}]
    actions: [{{set: {{ac.hvacmode: cooling}}}}, {{launch: evening}}]
    else: [{{log: it was not to be}}]
  - id: hot
    while: thermostat.actualtemp > 28
    until: thermostat.actualtemp < 27
    keep: {{ac.hvacpower: on}}
  - id: often
    triggers: [{{every: 5s}}]
    condition: desk.power and not away.value
    actions: [{{set: {{desk.power: off}}}}]
  - id: lit
    triggers: [{{change: hall.power, to: on}}]
    cooldown: 4s
    actions:
      - delay: 1500ms
      - wait: thermostat.actualtemp > 25
        timeout: 3s
        on_timeout: continue
      - if: wait.completed
        then: [{{set: {{hall.power: off}}}}]
        else: [{{log: it stays on}}]
  - id: verified
    triggers: [{{change: away.value, to: on}}]
    actions: [{{set: {{desk.power: on}}}}, {{verify: {{desk.power: on, within: 5s}}}}, {{log: verified}}]
  - id: on-time
    triggers: [{{at: "{at}"}}]
    actions: [{{set: {{desk.power: on}}}}]
  - id: dead
    triggers: [{{unavailable: hall.power, for: 2s}}, {{available: hall.power, id: back}}]
    actions: [{{log: "hall {{{{ trigger.id }}}}"}}]
  - id: lost
    triggers: [{{unavailable: house}}, {{available: house, id: back}}]
    actions: [{{log: "house {{{{ trigger.id }}}}"}}, {{set: {{away.value: off}}}}]
  - id: rest
    triggers: [{{becomes: thermostat.actualtemp < 25}}]
    actions: [{{delay: {{random: [200ms, 500ms]}}}}, {{set: {{ac.hvacpower: off}}}}]
  - id: begun
    triggers: [{{start: true}}]
    actions: [{{log: begun}}]
"""


def flat(port: int, start: datetime) -> str:
    return FLAT.format(port=port, at=f"{(start + timedelta(seconds=12)).astimezone(ROME):%H:%M:%S}")


def hold(**values: Value) -> Happening:
    """Return what lets points hold values; two underscores stand for the dot."""

    def happening(scene: Scene) -> None:
        scene.hold({name.replace("__", "."): value for name, value in values.items()})

    return happening


IN_THE_FLAT: Timeline = (
    (0.4, lambda scene: scene.switch_on()),
    (1.9, hold(thermostat__actualtemp=26.5)),
    (3.9, hold(thermostat__actualtemp=25.5)),
    (5.9, hold(thermostat__actualtemp=26.5, desk__power=True)),
    (7.9, hold(hall__power=True)),
    (13.9, hold(thermostat__actualtemp=28.5)),
    (15.9, hold(ac__hvacpower=False)),
    (16.9, lambda scene: scene.command("away.value", True)),
    (18.9, hold(thermostat__actualtemp=24.0, hall__power=False)),
    (20.9, hold(hall__power=True)),
    (27.9, lambda scene: scene.lose("hall")),
    (32.9, lambda scene: scene.find("hall")),
    (34.9, lambda scene: scene.leave()),
    (35.9, lambda scene: scene.command("desk.power", False)),
    (39.9, lambda scene: scene.come_back()),
    (43.9, lambda scene: scene.command("ac.hvacpower", True)),
    (44.9, lambda scene: scene.command("ac.hvacpower", False)),
    (47.9, hold(thermostat__actualtemp=28.5, hall__power=False)),
    (49.9, hold(hall__power=True)),
    (51.1, lambda scene: scene.switch_off()),
    (53.4, lambda scene: scene.switch_on()),
    (60.9, lambda scene: scene.switch_off()),
)


def thinknx(settings: ConnectionSettings, targets: Sequence[Target]) -> Simulator:
    simulator = ThinknxSimulator(settings, targets)
    simulator.pace.reaction_s = 0.0
    return simulator


def test_a_flat_decides_alike_live_and_in_virtual_time(tmp_path: Path) -> None:
    given: Mapping[str, Value] = {
        "thermostat.actualtemp": 24.0,
        "ac.hvacmode": "auto",
        "ac.hvacpower": False,
        "hall.power": False,
        "desk.power": False,
    }
    play = Play(site=flat, serve=thinknx, timeline=IN_THE_FLAT, given=given, fault="404")
    compare(play_twice(tmp_path, play))


SHOP = """
site: {{name: Shop, timezone: America/Denver}}
connections:
  house:
    driver: founten
    url: http://127.0.0.1:{port}
    username: manager@example.com
    password: correct-horse
    poll: 1s
    timeout: 900ms
    stale_after: 3s
devices:
  sales: {{connection: house, type: thermostat, name: Sales, manual_hold: 5s, settle: 1500ms}}
  office: {{connection: house, type: thermostat, name: Office}}
  closed: {{type: flag}}
rules:
  - id: warm
    triggers: [{{becomes: sales.temperature > 78, until: sales.temperature < 75, for: 3s}}]
    actions:
      - set: {{sales.system: cool, sales.coolSetting: 72}}
      - delay: 2s
      - set: {{closed.value: on}}
  - id: often
    triggers: [{{every: 5s}}]
    condition: office.coolSetting < 76
    cooldown: 9s
    actions: [{{set: {{office.coolSetting: 80}}}}]
  - id: frost
    while: office.temperature < 45
    until: office.temperature > 50
    keep: {{office.system: heat, office.heatSetting: 55}}
    priority: 5
  - id: kept
    while: closed.value
    keep: {{sales.fan: on}}
  - id: lost
    triggers: [{{unavailable: house}}, {{available: house, id: back}}]
    actions: [{{log: "shop {{{{ trigger.id }}}}"}}]
  - id: unknown
    triggers: [{{unavailable: office.temperature, for: 1s}}]
    actions: [{{log: the office is unknown}}]
  - id: on-time
    triggers: [{{at: "{at}"}}]
    actions: [{{log: it is time}}]
"""


def shop(port: int, start: datetime) -> str:
    return SHOP.format(port=port, at=f"{(start + timedelta(seconds=12)).astimezone(DENVER):%H:%M:%S}")


IN_THE_SHOP: Timeline = (
    (0.4, lambda scene: scene.switch_on()),
    (1.9, hold(sales__temperature=79)),
    (3.9, hold(sales__temperature=78)),
    (5.9, hold(sales__temperature=80, office__coolSetting=70)),
    (11.9, hold(sales__fan="Auto")),
    (13.9, hold(office__temperature=40)),
    (16.9, hold(office__coolSetting=70)),
    (18.9, hold(office__temperature=52)),
    (21.9, lambda scene: scene.leave()),
    (22.9, lambda scene: scene.command("closed.value", False)),
    (26.9, lambda scene: scene.come_back()),
    (33.9, lambda scene: scene.command("sales.coolSetting", 75)),
    (35.1, lambda scene: scene.switch_off()),
    (37.4, lambda scene: scene.switch_on()),
    (38.9, hold(sales__temperature=74)),
    (39.9, hold(sales__temperature=79)),
    (45.9, lambda scene: scene.switch_off()),
)


def test_a_shop_decides_alike_live_and_in_virtual_time(tmp_path: Path) -> None:
    given: Mapping[str, Value] = {
        "sales.name": "Sales",
        "sales.temperature": 74,
        "sales.coolSetting": 76,
        "sales.heatSetting": 60,
        "sales.system": "Auto",
        "sales.fan": "Auto",
        "office.temperature": 70,
        "office.coolSetting": 78,
        "office.heatSetting": 50,
        "office.system": "Auto",
    }
    play = Play(site=shop, serve=FountenSimulator, timeline=IN_THE_SHOP, given=given)
    compare(play_twice(tmp_path, play))


def compare(twice: Twice) -> None:
    """Compare decisions, traces and receipts, rule by rule and point by point."""
    live, virtual = twice.live, twice.virtual
    assert texts(live) == texts(virtual)
    late = [
        (about, one, other)
        for about in live
        for one, other in zip(live[about], virtual[about], strict=True)
        if abs(one.second - other.second) > TOLERANCE_S
    ]
    assert late == []


def texts(lines: Mapping[str, Sequence[Line]]) -> Mapping[str, Sequence[str]]:
    return {about: [line.text for line in found] for about, found in sorted(lines.items())}
