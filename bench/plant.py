"""What the simulated building costs: 50 lived-in zones, minute by minute, against one line of Euler for each.

Every zone has a radiator with its thermostat, an air conditioner, people who open the window, a window with a
blind, and a neighbour. The bare loop does for each zone and minute the least that physics needs: one explicit
step of one temperature, with nothing in it.

    python bench/plant.py [--zones N] [--days N] [--json FILE]
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from harness import Findings, at_least, in_turn, parser_for, ratio, row, tell

from interlock.simulation.plant.air_conditioner import AcMode, AcSettings, AirConditioner
from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.building import Building, Wall
from interlock.simulation.plant.emitter import Boiler, Emitter
from interlock.simulation.plant.occupants import Occupants, WindowHabit
from interlock.simulation.plant.room import Room, Window
from interlock.simulation.plant.synthetic_weather import SyntheticWeather
from interlock.simulation.plant.thermostat import Thermostat
from interlock.simulation.plant.zone import Zone
from interlock.sun import Place

MILAN = Place(45.464, 9.190)
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COOLING = AcSettings(is_on=True, mode=AcMode.COOLING, setpoint_c=26.0)


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, rounds=3)
    parser.add_argument("--zones", type=at_least(1), default=50)
    parser.add_argument("--days", type=at_least(1), default=10)
    given = parser.parse_args()
    minutes = given.days * 1440
    took = in_turn(
        given.rounds,
        building=lambda: _building_s(given.zones, minutes),
        bare=lambda: _bare_s(given.zones, minutes),
    )
    us = {way: [each / given.zones / minutes * 1e6 for each in seconds] for way, seconds in took.items()}
    rows = [
        ratio("to a line of Euler", us["building"], us["bare"]),
        row("a zone and minute", us["building"], "µs"),
        row("a line of Euler", us["bare"], "µs"),
    ]
    tell(Findings(about={"zones": given.zones, "days": given.days}, rows=rows), given.json)


def _building_s(zones: int, minutes: int) -> float:
    boiler = Boiler()
    building = Building(
        [_zone(number, boiler) for number in range(zones)],
        weather=SyntheticWeather(MILAN, 1),
        place=MILAN,
        timezone=ZoneInfo("Europe/Rome"),
        start=START,
        walls=[Wall(f"zone{number}", f"zone{number + 1}") for number in range(zones - 1)],
    )
    started = time.process_time()
    for minute in range(1, minutes + 1):
        building.advance(START + minute * MINUTE)
    return time.process_time() - started


def _zone(number: int, boiler: Boiler) -> Zone:
    radiator = Emitter(f"radiator{number}", supply=boiler)
    window = Window(azimuth_degrees=90.0 * (number % 4), blind=Blind(f"blind{number}"))
    return Zone(
        f"zone{number}",
        Room(windows=(window,)),
        units=(radiator, AirConditioner(f"ac{number}", settings=COOLING)),
        thermostat=Thermostat(heats=(radiator,)),
        occupants=Occupants(),
        habit=WindowHabit(),
    )


def _bare_s(zones: int, minutes: int) -> float:
    temperatures = [20.0] * zones
    outdoor_c, gain_w, loss_w_per_k, capacity_j_per_k = 5.0, 200.0, 29.0, 3.3e6
    started = time.process_time()
    for _ in range(minutes):
        for number in range(zones):
            heat_w = gain_w - loss_w_per_k * (temperatures[number] - outdoor_c)
            temperatures[number] += heat_w * 60.0 / capacity_j_per_k
    return time.process_time() - started


if __name__ == "__main__":
    main()
