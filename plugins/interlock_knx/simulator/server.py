"""A KNX bus without the hardware: a KNXnet/IP gateway over real UDP and TCP, and devices with a state."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from interlock import (
    ConnectionSettings,
    Fault,
    Point,
    ProtocolServer,
    Reply,
    Request,
    SideDoor,
    Simulator,
    Target,
    Value,
)
from interlock_knx.settings import KnxSettings
from interlock_knx.simulator import telegram_door
from interlock_knx.simulator.equipment import Equipment
from interlock_knx.simulator.faults import KnxFaults
from interlock_knx.simulator.gateway import Gateway, Sockets, Tunnel
from interlock_knx.simulator.telegram_door import TelegramDoor
from interlock_knx.telegrams import Telegram, format_payload

log = logging.getLogger("interlock.simulator")

_ENDINGS = ("disconnect", "drop")
_LOG_SIZE = 10_000


class KnxSimulator(Simulator):
    """Serves the groups of one KNX connection as a gateway with a line of devices would.

    One port takes KNXnet/IP over UDP and TCP, and HTTP for the side door.
    """

    name: ClassVar[str] = "knx"
    description: ClassVar[str] = "a KNXnet/IP gateway with the groups of a site file's connection"
    drivers: ClassVar[tuple[str, ...]] = ("knx-raw",)
    default_port: ClassVar[int] = 3671

    @classmethod
    def can_serve(cls, settings: ConnectionSettings) -> bool:
        """Whether a connection has a gateway: there is no tunnel by routing, or through a Thinknx server."""
        return isinstance(settings, KnxSettings) and settings.through is None and not settings.is_routing

    def __init__(self, settings: ConnectionSettings, targets: Sequence[Target]) -> None:
        self._faults = KnxFaults(targets)
        self._gateway = Gateway(self._faults, self._carried, self._opened)
        self._equipment = Equipment(targets, self._faults, self._say)
        self._side_door = SideDoor(self._equipment, self)
        self._telegram_door = TelegramDoor(self._equipment, self.send)
        self._http = ProtocolServer(self._answer)
        self._sockets = Sockets(self._gateway, self._new_http_connection)
        self._telegrams: deque[Telegram] = deque(maxlen=_LOG_SIZE)
        self._timers: list[asyncio.TimerHandle] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def requests(self) -> Sequence[Request]:
        """What arrived at the side door so far; what arrived on the bus is in `telegrams`."""
        return tuple(self._http.requests)

    @property
    def telegrams(self) -> Sequence[Telegram]:
        """Everything that was said on the bus so far, by whomever, oldest first."""
        return tuple(self._telegrams)

    @property
    def tunnels(self) -> int:
        """How many tunnels are open."""
        return len(self._gateway.tunnels)

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
        """Listen, port 0 for any free one; return what `gateway` says to reach it, and the side door's host.

        Raises:
            OSError: the address is taken, or not this machine's, or TLS was asked for.
        """
        if tls is not None:
            raise OSError("KNXnet/IP knows no TLS")
        bound = await self._sockets.start(host, port)
        self._loop = asyncio.get_running_loop()
        for fault in self._faults.active("silent"):
            self._begin(fault)
        return f"{host}:{bound}"

    async def stop(self) -> None:
        """End every tunnel, stop listening and drop open connections."""
        for timer in self._timers:
            timer.cancel()
        self._gateway.close()
        self._sockets.stop()
        await self._http.stop()

    def value(self, point: Point) -> Value | None:
        """Return what the simulated device holds now; None for a command without a state.

        Raises:
            LookupError: no such point.
        """
        return self._equipment.value(point)

    def set_value(self, point: Point, value: Value) -> None:
        """Change what the simulated device holds, as the building or a hand would; it says so on the bus.

        Raises:
            InvalidValue: the point cannot hold it.
            LookupError: no such point.
        """
        self._equipment.hold(point, value)

    def commands(self, point: Point) -> Sequence[Value | None]:
        """Return what the device was told at its address, oldest first.

        Raises:
            LookupError: no such point.
        """
        return self._equipment.told(point)

    def send(self, telegram: Telegram) -> None:
        """Put a telegram onto the bus, as some device does that the site does not know."""
        self._say(telegram)
        self._equipment.take(telegram)

    def add_fault(self, text: str) -> None:
        """Switch on a fault of `FAULTS`, written as ``KIND[:ARGUMENT][@GROUP-OR-DEVICE]``.

        Raises:
            ValueError: no such fault; the message lists them.
        """
        self.add(text)

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self._faults.clear()

    def add(self, text: str) -> Fault:
        """Switch on a fault, as `add_fault`; the side door's."""
        fault = self._faults.add(text)
        if self._loop is not None:
            self._begin(fault)
        return fault

    def texts(self) -> Sequence[str]:
        """Return the faults that are switched on, as they were written."""
        return self._faults.texts()

    def clear(self) -> None:
        """Switch every fault off."""
        self._faults.clear()

    def _begin(self, fault: Fault) -> None:
        if fault.kind == "silent" and fault.argument:
            self._later(fault.seconds, lambda: self._faults.remove(fault))
        for tunnel in self._gateway.tunnels:
            self._end_in_time(tunnel, fault)

    def _opened(self, tunnel: Tunnel) -> None:
        for kind in _ENDINGS:
            for fault in self._faults.active(kind):
                self._end_in_time(tunnel, fault)

    def _end_in_time(self, tunnel: Tunnel, fault: Fault) -> None:
        if fault.kind in _ENDINGS:
            end = self._gateway.end if fault.kind == "disconnect" else self._gateway.drop
            self._later(fault.seconds if fault.argument else 0.0, partial(end, tunnel))

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        assert self._loop is not None
        self._timers = [timer for timer in self._timers if timer.when() > self._loop.time()]
        self._timers.append(self._loop.call_later(delay_s, action))

    def _carried(self, telegram: Telegram) -> None:
        self._note(telegram)
        self._equipment.take(telegram)

    def _say(self, telegram: Telegram) -> None:
        self._note(telegram)
        self._gateway.tell(telegram)

    def _note(self, telegram: Telegram) -> None:
        self._telegrams.append(telegram)
        shown = "" if telegram.payload is None else f" {format_payload(telegram.payload)}"
        log.debug("%s sends %s %s%s", telegram.source, telegram.kind.value, telegram.address, shown)

    def _new_http_connection(self) -> asyncio.Protocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self._http.accept)

    async def _answer(self, request: Request) -> Reply:
        if request.path.startswith(telegram_door.PREFIX):
            return self._telegram_door.answer(request)
        if request.path.startswith(SideDoor.PREFIX):
            return self._side_door.answer(request)
        return Reply(status=404, body=b"this is a KNXnet/IP gateway\n", content_type="text/plain")
