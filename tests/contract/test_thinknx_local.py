"""The driver ``thinknx-local`` keeps the contract, at its own simulator over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from interlock.testing import DriverContract, Rig, make_targets, rig_of_simulator
from interlock_thinknx.driver import ThinknxLocal
from interlock_thinknx.settings import ThinknxLocalSettings
from interlock_thinknx.simulator import ThinknxSimulator

pytestmark = pytest.mark.slow

PASSWORD = "correct horse/battery"
NOWHERE = ThinknxLocalSettings(host="127.0.0.1")
DEVICES = {
    "lamp": {"type": "light", "guid": "LAMP"},
    "spots": {"type": "dimmer", "guid": "SPOTS", "light": 3},
    "shutter": {"type": "blind", "guid": "a+b/c="},
    "awning": {"type": "blind", "guid": "AWNING", "inverted": True},
    "sun": {"type": "analog", "guid": "SUN", "min": -10, "max": 100000},
    "living": {"type": "thermostat", "guid": "LIVING"},
    "ac": {"type": "hvac", "guid": "AC"},
    "evening": {"type": "scene", "guid": "EVENING"},
    "bell": {"type": "button", "guid": "BELL"},
}
TARGETS = make_targets(ThinknxLocal, NOWHERE, DEVICES)
[UNKNOWN] = make_targets(ThinknxLocal, NOWHERE, {"ghost": {"type": "light", "guid": "GHOST"}})


@asynccontextmanager
async def thinknx_rig(**settings: object) -> AsyncIterator[Rig]:
    """Serve the devices with quick hands; a connection to them has short timeouts."""
    short = {"timeout": "300ms", "feedback_timeout": "400ms", **settings}
    simulator = ThinknxSimulator(NOWHERE.model_validate({"host": "127.0.0.1", **short}), TARGETS)
    simulator.pace.reaction_s = simulator.pace.travel_s = 0.0
    url = await simulator.start("127.0.0.1", 0)
    address = {"host": "127.0.0.1", "port": urlsplit(url).port}
    parsed = NOWHERE.model_validate({**address, **short})
    rig = rig_of_simulator(simulator, url, parsed, TARGETS, refuse="400", hang="hang", drop="reset")
    try:
        yield replace(rig, unknown=UNKNOWN)
    finally:
        await simulator.stop()


class TestThinknxLocal(DriverContract):
    driver = ThinknxLocal

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        who = {"auth": "basic", "username": "integrator", "password": PASSWORD}
        async with thinknx_rig(**who) as rig:
            wrong = NOWHERE.model_validate({**rig.settings.model_dump(), "password": "wrong horse/battery"})
            yield replace(rig, wrong_credentials=wrong)
