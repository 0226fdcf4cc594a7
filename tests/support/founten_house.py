"""A school on a simulated Founten site, asked by an independent HTTP client."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from interlock import Device, Point, Target
from interlock_founten.controllers import DEVICE_TYPES, capabilities_of
from interlock_founten.settings import FountenDeviceSettings, FountenSettings
from interlock_founten.simulator import FountenSimulator

USERNAME, PASSWORD = "myname@gmail.com", "mypassword"
"""As the manual's sample has them."""
ROME = ZoneInfo("Europe/Rome")
MONDAY = datetime(2026, 1, 12, 8, 5, tzinfo=UTC)
"""When the school is looked at first: five past nine in Rome."""
SETTINGS = FountenSettings.model_validate(
    {"url": "http://127.0.0.1", "username": USERNAME, "password": PASSWORD}
)


class HandClock:
    """Tells the time that a test says."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self._start = start
        self._passed = timedelta()

    def now(self) -> datetime:
        return self._start + self._passed

    def monotonic(self) -> timedelta:
        return self._passed

    def turn(self, **time: float) -> None:
        """Turn it forward, as ``turn(hours=2)``."""
        self._passed += timedelta(**time)

    def turn_to(self, instant: datetime) -> None:
        """Turn it to an instant."""
        self._passed = instant - self._start


def founten_targets(device: str, type_: str = "thermostat", **settings: object) -> Sequence[Target]:
    """Return the targets of a device, as a site file would make them."""
    device_type = next(known for known in DEVICE_TYPES if known.name == type_)
    parsed = device_type.settings.model_validate(settings)
    assert isinstance(parsed, FountenDeviceSettings)
    made = Device(name=device, connection="school", type=type_, settings=parsed)
    return [
        Target(point=Point.of(device, row.controller), device=made, capability=row)
        for row in capabilities_of(device_type, parsed, SETTINGS.unit)
    ]


TARGETS = (
    *founten_targets("lobby", name="Lobby", read_schedule=True),
    *founten_targets("gym", name="Gym", attributes=["managed"]),
    *founten_targets("office", serialNo="8A3-U1UW"),
)


@dataclass(frozen=True, slots=True)
class School:
    """The site, a client of it, and the clock on its wall."""

    simulator: FountenSimulator
    client: httpx.AsyncClient
    clock: HandClock

    async def post(self, **given: str) -> httpx.Response:
        """Send a request as a form, with the right credentials unless others are given."""
        return await self.client.post("/api.cgi", data={"username": USERNAME, "password": PASSWORD, **given})

    async def ask(self, request: str, object_: str, selection: str = "", value: str = "") -> ET.Element:
        """Return the root of what a request is answered."""
        response = await self.post(request=request, object=object_, selection=selection, value=value)
        assert response.status_code == 200, response.text
        return ET.fromstring(response.text)

    async def get(self, selection: str, value: str, object_: str = "Thermostat") -> list[dict[str, str]]:
        """Return the elements of a successful get, each as its texts."""
        root = await self.ask("get", object_, selection, value)
        assert root.findtext("success") == "1", root.findtext("message")
        return [texts(each) for each in root.findall(object_)]

    async def value(self, attribute: str, name: str = "Lobby") -> str:
        """Return what one thermostat holds."""
        [found] = await self.get(f"name:{name};", attribute)
        return found[attribute]

    async def set(self, selection: str, value: str, object_: str = "Thermostat") -> tuple[str, str]:
        """Return success and message of a set."""
        root = await self.ask("set", object_, selection, value)
        return root.findtext("success", ""), root.findtext("message", "")

    async def batch(self, *transactions: object) -> httpx.Response:
        """Send transactions as JSON."""
        return await self.client.post(
            "/api.cgi", json={"username": USERNAME, "password": PASSWORD, "transactions": transactions}
        )


def texts(element: ET.Element) -> dict[str, str]:
    """Return an element's children by name."""
    return {child.tag: child.text or "" for child in element}


@asynccontextmanager
async def founten_school(targets: Sequence[Target] = TARGETS) -> AsyncIterator[School]:
    """Serve the school until the block ends; it is a Monday morning in January."""
    clock = HandClock()
    simulator = FountenSimulator(SETTINGS, targets, clock)
    simulator.timezone = ROME
    url = await simulator.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield School(simulator, client, clock)
    finally:
        await simulator.stop()
