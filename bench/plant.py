"""What the simulated building costs: 50 lived-in zones, minute by minute, against one line of Euler for each.

Every zone has a radiator with its thermostat, an air conditioner, people who open the window, a window with a
blind, and a neighbour. The bare loop does for each zone and minute the least that physics needs: one explicit
step of one temperature, with nothing in it.

    python bench/plant.py [--zones N] [--days N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.simulation.plant.air_conditioner import AcMode, AcSettings, AirConditioner
from interlock.simulation.plant.blind import Blind
from interlock.simulation.plant.building import Building, Coupling
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
    """Run both, print what they took, and write it where asked."""
    options = _options()
    minutes = options.days * 1440
    building_s = _building_s(options.zones, minutes)
    bare_s = _bare_s(options.zones, minutes)
    zone_minutes = options.zones * minutes
    result = {
        "zones": options.zones,
        "days": options.days,
        "building_us_per_zone_minute": building_s / zone_minutes * 1e6,
        "bare_us_per_zone_minute": bare_s / zone_minutes * 1e6,
        "ratio": building_s / bare_s,
    }
    for name, value in result.items():
        print(f"{name:30} {value:.3f}" if isinstance(value, float) else f"{name:30} {value}")
    if options.json:
        options.json.write_text(json.dumps(result), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--zones", type=int, default=50)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _building_s(zones: int, minutes: int) -> float:
    boiler = Boiler()
    building = Building(
        [_zone(number, boiler) for number in range(zones)],
        weather=SyntheticWeather(MILAN, 1),
        place=MILAN,
        timezone=ZoneInfo("Europe/Rome"),
        start=START,
        couplings=[Coupling(f"zone{number}", f"zone{number + 1}") for number in range(zones - 1)],
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
