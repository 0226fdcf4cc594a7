"""A house on a simulated Thinknx server, asked by an independent HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import httpx

from interlock import ConnectionSettings
from interlock_thinknx.settings import ThinknxLocalSettings
from interlock_thinknx.simulator import ThinknxSimulator
from support.thinknx_points import thinknx_target

TARGETS = (
    thinknx_target("lamp.power", "light", guid="LAMP"),
    thinknx_target("spots.power", "dimmer", guid="SPOTS", light=3),
    thinknx_target("shutter.stop", "blind", guid="SHUTTER"),
    thinknx_target("awning.stop", "blind", guid="AWNING", inverted=True),
    thinknx_target("sun.value", "analog", guid="SUN", min=-10, max=100000),
    thinknx_target("living.setpoint", "thermostat", guid="a+b/c="),
    thinknx_target("ac.hvacpower", "hvac", guid="AC"),
    thinknx_target("evening.scenelaunch", "scene", guid="EVENING"),
    thinknx_target("bell.trigger", "button", guid="BELL"),
    thinknx_target("box.version", "server"),
)
OPEN = ThinknxLocalSettings(host="127.0.0.1")


@dataclass(frozen=True, slots=True)
class House:
    """The server and a client of it."""

    simulator: ThinknxSimulator
    client: httpx.AsyncClient

    async def get(self, call: str, **parameters: str) -> httpx.Response:
        """Ask a call by GET, as it stands after ``/api/v1/``."""
        return await self.client.get(f"/api/v1/{call}", params=parameters or None)

    async def document(self, call: str) -> Mapping[str, object]:
        """Return the document of a successful call."""
        response = await self.get(call)
        assert response.status_code == 200, response.text
        document = response.json()
        assert isinstance(document, dict)
        return document

    async def status(self, call: str) -> object:
        """Return the ``status`` of a call."""
        return (await self.document(call))["status"]

    async def arrived(self, count: int) -> None:
        """Wait until the server has seen so many requests."""
        while len(self.simulator.requests) < count:  # noqa: ASYNC110 - a server tells nobody what arrives
            await asyncio.sleep(0)


@asynccontextmanager
async def thinknx_house(
    settings: ConnectionSettings = OPEN,
    *,
    reaction_s: float = 0.0,
    auth: httpx.Auth | None = None,
    path: str = "",
) -> AsyncIterator[House]:
    """Serve the house until the block ends; devices react at once unless told otherwise."""
    simulator = ThinknxSimulator(settings, TARGETS)
    simulator.timezone = ZoneInfo("Europe/Rome")
    simulator.pace.reaction_s = reaction_s
    simulator.pace.travel_s = 0.0
    url = await simulator.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=url + path, auth=auth, verify=False, trust_env=False) as client:
            yield House(simulator, client)
    finally:
        await simulator.stop()
