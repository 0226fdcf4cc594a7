"""A Thinknx server without the hardware: the whole protocol of the Integration Kit 1.3b over real HTTP."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import ClassVar
from urllib.parse import unquote

from interlock import (
    Answer,
    ConnectionSettings,
    DriverError,
    Point,
    ProtocolServer,
    RawReply,
    Reply,
    Request,
    SideDoor,
    Simulator,
    Target,
    Value,
    Write,
)
from interlock_thinknx.settings import ThinknxCloudSettings, ThinknxDeviceSettings, ThinknxSettings
from interlock_thinknx.simulator.access import door_for
from interlock_thinknx.simulator.calls import CALLS, Calls
from interlock_thinknx.simulator.devices import Pace, SimulatedDevice
from interlock_thinknx.simulator.equipment import ACTING, Equipment
from interlock_thinknx.simulator.faults import ThinknxFaults
from interlock_thinknx.simulator.parameters import Document, Refusal
from interlock_thinknx.simulator.system import SYSTEM_CALLS, System, Telegram

_API = re.compile(r"/api/[vV]1/(.+)")
_METHODS = ("GET", "POST")


class ThinknxSimulator(Simulator):
    """Serves the devices of one Thinknx connection as the vendor's server would."""

    name: ClassVar[str] = "thinknx"
    description: ClassVar[str] = "a Thinknx server with the devices of a site's connection"
    drivers: ClassVar[tuple[str, ...]] = ("thinknx-local", "thinknx-cloud")
    default_port: ClassVar[int] = 5051

    def __init__(self, settings: ConnectionSettings, targets: Sequence[Target]) -> None:
        self._equipment = Equipment(targets)
        self._faults = ThinknxFaults(
            self._equipment.device_names(), {*CALLS, *SYSTEM_CALLS, *self._equipment.guids()}
        )
        self._calls = Calls(self._equipment, self._faults)
        self._system = System(self._equipment.server)
        self._door = door_for(settings)
        self._settings = settings
        self.needs_tls = isinstance(settings, ThinknxCloudSettings)
        self._side_door = SideDoor(self._equipment, self._faults)
        self._server = ProtocolServer(self._answer)

    @classmethod
    def acts(cls, target: Target) -> bool:
        """Whether a device acts by itself: a blind moves, a scene runs, a dimmer is dark when it is off."""
        return target.device.type in ACTING

    @property
    def requests(self) -> Sequence[Request]:
        """What arrived so far, oldest first, refused and spoiled requests too."""
        return tuple(self._server.requests)

    @property
    def telegrams(self) -> Sequence[Telegram]:
        """The KNX telegrams that were sent so far, oldest first."""
        return tuple(self._system.telegrams)

    @property
    def pace(self) -> Pace:
        """How fast the devices are."""
        return self._equipment.pace

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
        """Listen, port 0 for any free one; return the base URL. The cloud is served over https."""
        return await self._server.start(host, port, tls)

    async def stop(self) -> None:
        """Stop listening, drop open connections and what the devices still had to do."""
        await self._server.stop()
        self._calls.cancel()
        self.pace.cancel()

    async def settle(self) -> None:
        """Let every device finish at once what it is doing: reactions, movements, scenes."""
        await self.pace.hurry()

    def value(self, point: Point) -> Value | None:
        """Return what the simulated device holds now; None for a controller without a state."""
        return self._equipment.value(point)

    def set_value(self, point: Point, value: Value) -> None:
        """Change what the simulated device holds, as the building or a hand would.

        Raises:
            InvalidValue: the point cannot hold it.
            LookupError: no such point.
        """
        self._equipment.hold(point, value)

    async def take(self, write: Write) -> Answer | DriverError:
        """Let a device do a command that did not come over the wire; with feedback when it has done it."""
        return await self._calls.take(write, self._patience(write.target))

    def commands(self, point: Point) -> Sequence[Value | None]:
        """Return what the device took up at a point, oldest first; what was refused is not among it.

        Raises:
            LookupError: no such point.
        """
        return self._equipment.told(point)

    def add_fault(self, text: str) -> None:
        """Switch on a fault of `FAULTS`, written as ``KIND[:ARGUMENT][@PATH-OR-GUID]``.

        Raises:
            ValueError: no such fault; the message lists them.
        """
        self._faults.add(text)

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self._faults.clear()

    def _patience(self, target: Target) -> timedelta | None:
        """Return how long a client of this target waits for the device to answer; None where it does not."""
        own, common = target.device.settings, self._settings
        if not isinstance(own, ThinknxDeviceSettings) or not isinstance(common, ThinknxSettings):
            return None
        is_wanted = common.feedback if own.feedback is None else own.feedback
        if not is_wanted or not target.capability.feedback:
            return None
        return own.feedback_timeout or common.feedback_timeout

    async def _answer(self, request: Request) -> Reply | RawReply:
        if request.path.startswith(SideDoor.PREFIX):
            return self._side_door.answer(request)
        names = self._names(request)
        instead = await self._faults.instead(request, names)
        return instead or self._faults.spoil(await self._admit(request), names)

    def _names(self, request: Request) -> Collection[str]:
        """Return what faults can be tied to: the endpoint, and the names of the device."""
        called = _API.search(unquote(request.path))
        devices = [device for name, value in request.parameters() for device in self._devices(name, value)]
        return {called[1] if called else "", *(name for device in devices for name in device.names)}

    def _devices(self, parameter: str, value: str) -> Sequence[SimulatedDevice]:
        if parameter == "light" and value.isdecimal():
            light = self._equipment.with_light_index(int(value))
            return [light] if light else []
        return self._equipment.with_guid(value) if parameter == "guid" else []

    async def _admit(self, request: Request) -> Reply:
        path = self._door.admit(request)
        if isinstance(path, Reply):
            return path
        call = _API.fullmatch(path)
        if call is None or call[1] not in CALLS.keys() | SYSTEM_CALLS:
            return Reply(
                status=404, body=b"<html><body>404 Not Found</body></html>", content_type="text/html"
            )
        if request.method not in _METHODS:
            return Reply(status=405, headers=(("Allow", ", ".join(_METHODS)),))
        return await self._call(call[1], request.parameters())

    async def _call(self, name: str, parameters: Sequence[tuple[str, str]]) -> Reply:
        try:
            return _json(200, await self._document(name, parameters))
        except Refusal as refusal:
            return _json(refusal.status, {"error": refusal.error})

    async def _document(self, name: str, parameters: Sequence[tuple[str, str]]) -> Document:
        if name in SYSTEM_CALLS:
            return self._system.answer(name, parameters, self.timezone)
        return await self._calls.answer(CALLS[name], parameters)


def _json(status: int, document: Document) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())
