"""Thinknx servers for the contract of drivers: every kind of device, and quick hands."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from interlock import ConnectionSettings, Driver, Point, Value, issue_loopback_tls
from interlock.testing import Rig, make_targets, rig_of_simulator
from interlock_thinknx.simulator import ThinknxSimulator

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
    "box": {"type": "server"},
}
GHOST = {"ghost": {"type": "light", "guid": "GHOST"}}
TELEGRAMS: Mapping[str, Value] = {
    "sendKNXbit": 1,
    "sendKNX4bits": 30,
    "sendKNXbyte": 255,
    "sendKNXbyteun": -128,
    "sendKNXfloat2bytes": 21.5,
    "sendKNXfloat4bytes": -1.5,
}
QUICK = {"timeout": "500ms", "feedback_timeout": "2s"}

SettingsAt = Callable[[str], ConnectionSettings]
"""Returns the settings of a connection to a base URL."""


@asynccontextmanager
async def thinknx_rig(
    driver: type[Driver], right: SettingsAt, wrong: SettingsAt, ca: Path | None = None
) -> AsyncIterator[Rig]:
    """Serve the devices to a driver, by https where there is a file for the certificate.

    Args:
        driver: Whose capabilities are used.
        right: Settings with the credentials that the server wants.
        wrong: Settings with others.
        ca: Where to write what clients must trust.
    """
    tls: ssl.SSLContext | None = issue_loopback_tls(ca) if ca else None
    anywhere = right(f"{'https' if ca else 'http'}://127.0.0.1:1")
    targets = make_targets(driver, anywhere, DEVICES)
    simulator = ThinknxSimulator(anywhere, targets)
    simulator.pace.reaction_s = simulator.pace.travel_s = 0.0
    url = await simulator.start("127.0.0.1", 0, tls)
    rig = rig_of_simulator(
        simulator,
        url,
        right(url),
        targets,
        refuse="400",
        hang="hang",
        drop="reset",
        garble="rubbish",
        tls=tls,
    )
    calls = {Point.of("box", name): {"group": "1/0/1", "value": value} for name, value in TELEGRAMS.items()}
    [ghost] = make_targets(driver, anywhere, GHOST)
    try:
        yield replace(rig, unknown=ghost, wrong_credentials=wrong(url), calls=calls)
    finally:
        await simulator.stop()
