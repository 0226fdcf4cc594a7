"""The driver ``founten`` keeps the contract, at its own simulator over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from interlock import Point, Value
from interlock.testing import DriverContract, Rig, make_targets, rig_of_simulator
from interlock_founten.driver import Founten
from interlock_founten.settings import FountenSettings
from interlock_founten.simulator import FountenSimulator
from support.founten_house import MONDAY, ROME, HandClock

pytestmark = pytest.mark.slow

CONTROLLERS = [
    *("name", "groupName", "serialNo", "temperature", "heatSetting", "coolSetting", "system", "fan"),
    *("setBy", "runStatus", "temperatureFormat", "cycleRate", "anticipationDegrees", "weight"),
    *("fanCirculationTime", "schedule", "scheduleSetTimes"),
    *("schedule_add", "schedule_set", "schedule_delete", "schedule_deleteAll"),
]
DEVICES = {
    "lobby": {
        "type": "thermostat",
        "name": "Lobby",
        "attributes": ["managed"],
        "controllers": [*CONTROLLERS, "managed"],
    },
    "gym": {"type": "thermostat", "name": "Gym & Büro #1", "controllers": CONTROLLERS},
    "office": {"type": "thermostat", "serialNo": "8A3-U1UW", "controllers": CONTROLLERS},
}
GHOST = {"ghost": {"type": "thermostat", "name": "Ghost", "controllers": ["temperature"]}}
SAMPLES: Mapping[str, tuple[Value, ...]] = {
    # Heat stays below cool, whichever is written first.
    "heatSetting": (60, 64),
    "coolSetting": (76, 80),
    "temperature": (68.0, 71.5),
    "groupName": ("North", "South"),
    "setBy": (),
    "runStatus": (),
    # It changes what all numbers mean.
    "temperatureFormat": (),
}
ENTRY: Mapping[str, Value] = {"dayOfWeek": "Monday", "setTime": 1}
CALLS: Mapping[str, Mapping[str, Value]] = {
    "schedule_add": {**ENTRY, "setTime": 3, "startTime": "12:30", "heatSetting": 60, "coolSetting": 80},
    "schedule_set": {**ENTRY, "startTime": "06:30"},
    "schedule_delete": ENTRY,
    "schedule_deleteAll": {"dayOfWeek": "Monday"},
}
CROSSED: Mapping[str, Mapping[str, Value]] = {
    "schedule_add": {**ENTRY, "startTime": "12:30", "heatSetting": 80, "coolSetting": 70}
}


def settings_at(url: str, password: str = "correct horse/battery") -> FountenSettings:
    who = {"username": "myname@gmail.com", "password": password}
    return FountenSettings.model_validate({"url": url, "timeout": "500ms", **who})


ANYWHERE = settings_at("http://127.0.0.1")
TARGETS = make_targets(Founten, ANYWHERE, DEVICES)
[UNKNOWN] = make_targets(Founten, ANYWHERE, GHOST)


def points_of(*controllers: str) -> list[Point]:
    return [target.point for target in TARGETS if target.capability.controller in controllers]


def complete(rig: Rig, simulator: FountenSimulator, url: str) -> Rig:
    """Return a rig that can do to the site what its driver must bear: it looks before it sets."""

    async def hang_commands() -> None:
        simulator.add_fault("hang@set")

    async def drop_commands() -> None:
        simulator.add_fault("reset@set")

    async def garble_commands() -> None:
        simulator.add_fault("rubbish@set")

    return replace(
        rig,
        samples={point: SAMPLES[point.controller] for point in points_of(*SAMPLES)},
        calls={point: CALLS[point.controller] for point in points_of(*CALLS)},
        senseless_calls={point: CROSSED[point.controller] for point in points_of(*CROSSED)},
        unknown=UNKNOWN,
        wrong_credentials=settings_at(url, "wrong horse/battery"),
        requests_for_all=1,
        commands=lambda: sum(b"request=set" in each.body for each in simulator.requests),
        hang_commands=hang_commands,
        drop_commands=drop_commands,
        garble_commands=garble_commands,
    )


class TestFounten(DriverContract):
    driver = Founten

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        clock = HandClock()
        simulator = FountenSimulator(ANYWHERE, TARGETS, clock)
        simulator.timezone = ROME
        for point in points_of("groupName", "managed"):
            simulator.set_value(point, "North")
        url = await simulator.start("127.0.0.1", 0)
        clock.turn(hours=3)
        rig = rig_of_simulator(
            simulator,
            url,
            settings_at(url),
            TARGETS,
            refuse="404@set",
            hang="hang",
            drop="reset",
            garble="rubbish",
        )
        try:
            yield replace(complete(rig, simulator, url), past=(MONDAY, clock.now()))
        finally:
            await simulator.stop()
