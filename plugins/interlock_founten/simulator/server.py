"""A Founten site without the hardware: its api.cgi over real HTTP or HTTPS, with stateful thermostats."""

from __future__ import annotations

import asyncio
import hmac
import ssl
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from interlock import (
    Clock,
    ConnectionSettings,
    Fault,
    Faults,
    Point,
    ProtocolServer,
    RawReply,
    Reply,
    Request,
    SideDoor,
    Simulator,
    Target,
    Value,
    WallClock,
    Write,
)
from interlock_founten.settings import FountenSettings
from interlock_founten.simulator.calls import PRETENDED, Calls
from interlock_founten.simulator.certificate import show_wrong_certificate
from interlock_founten.simulator.equipment import Equipment, Taken
from interlock_founten.simulator.faults import FAULTS, variant_of
from interlock_founten.simulator.replies import (
    WRONG_CREDENTIALS,
    Answer,
    as_json,
    as_xml,
    forbidden,
    refusal,
)
from interlock_founten.simulator.thermostat import Site, Thermostat
from interlock_founten.simulator.transactions import Envelope, NotReadable, Transaction, read_envelope

PATH = "/api.cgi"
_METHODS = ("GET", "POST")
_PLACES = frozenset({"get", "set", "thermostat", "thermostatschedule", "thermostathistory"})
_NOT_READABLE = Reply(status=400, body=b"the request is not readable", content_type="text/plain")
_NOT_FOUND = Reply(status=404, body=b"<html><body>404 Not Found</body></html>", content_type="text/html")
_WRONG_METHOD = Reply(status=405, headers=(("Allow", ", ".join(_METHODS)),))


class FountenSimulator(Simulator):
    """Serves the thermostats of one Founten connection as the vendor's site would.

    Nothing runs by itself: set times pass and history fills when somebody asks, and what lies between
    two requests is caught up by the clock.
    """

    name: ClassVar[str] = "founten"
    description: ClassVar[str] = "a Founten site with the thermostats of a site file's connection"
    drivers: ClassVar[tuple[str, ...]] = ("founten",)
    default_port: ClassVar[int] = 8080

    def __init__(
        self, settings: ConnectionSettings, targets: Sequence[Target], clock: Clock | None = None
    ) -> None:
        clock = clock or WallClock()
        self._credentials = _credentials(settings)
        self._site = Site(ZoneInfo("UTC"), clock.now())
        self._equipment = Equipment(targets, self._site, clock)
        self._calls = Calls(self._site)
        self._faults = Faults(FAULTS, _PLACES, what="request or object")
        self._side_door = SideDoor(self._equipment, self._faults)
        self._server = ProtocolServer(self._answer)
        self._refusal: asyncio.Task[None] | None = None

    @classmethod
    def acts(cls, target: Target) -> bool:
        """Whether a device acts by itself: a thermostat decides what it runs, and follows its schedule."""
        return True

    @property
    def clock(self) -> Clock:
        """What the thermostats live by; another one lets them begin anew, without a memory."""
        return self._equipment.clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self._equipment.clock = clock
        self._site.begin(clock.now())

    @property
    def timezone(self) -> ZoneInfo:
        """By which the set times of schedules are."""
        return self._site.timezone

    @timezone.setter
    def timezone(self, timezone: ZoneInfo) -> None:
        self._site.timezone = timezone

    @property
    def requests(self) -> Sequence[Request]:
        """What arrived so far, oldest first, refused and spoiled requests too."""
        return tuple(self._server.requests)

    @property
    def unselective_sets(self) -> int:
        """How many sets named no thermostat, so that every one of the site was changed."""
        return self._calls.unselective_sets

    def thermostat(self, device: str) -> Thermostat:
        """Return the thermostat behind a device of the site file, with its schedule and history.

        Raises:
            LookupError: no such device.
        """
        return self._equipment.thermostat(device)

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
        """Listen, port 0 for any free one; return the base URL. With a context it speaks https."""
        if tls:
            show_wrong_certificate(tls, lambda: bool(self._faults.active("certificate")))
        url = await self._server.start(host, port, tls)
        self._refuse_if_wanted()
        return url

    async def stop(self) -> None:
        """Stop listening and drop open connections."""
        if self._refusal:
            self._refusal.cancel()
        await self._server.stop()

    def value(self, point: Point) -> Value | None:
        """Return what the simulated thermostat holds now, in its own temperature format.

        Raises:
            LookupError: no such point.
        """
        return self._equipment.value(point)

    def set_value(self, point: Point, value: Value) -> None:
        """Change what the simulated thermostat holds, as the building or a hand at its keypad would.

        Raises:
            InvalidValue: the point cannot hold it.
            LookupError: no such point.
        """
        self._equipment.hold(point, value)

    async def take(self, write: Write) -> Taken:
        """Let thermostats do a command that did not come over the wire."""
        return self._equipment.take(write)

    def commands(self, point: Point) -> Sequence[Value | None]:
        """Return what clients set at a point, oldest first; what was refused is not among it.

        Raises:
            LookupError: no such point.
        """
        return self._equipment.told(point)

    def add_fault(self, text: str) -> None:
        """Switch on a fault or variant of `FAULTS`, written as ``KIND[:ARGUMENT][@PLACE]``.

        A place is ``get``, ``set`` or an object in lower case, such as ``thermostathistory``.

        Raises:
            ValueError: no such fault; the message lists them.
        """
        self._faults.add(text)
        self._refuse_if_wanted()

    def clear_faults(self) -> None:
        """Switch every fault and variant off."""
        self._faults.clear()

    def _refuse_if_wanted(self) -> None:
        wanted = self._faults.active("refused")
        is_under_way = self._refusal is not None and not self._refusal.done()
        if wanted and self._server.is_listening and not is_under_way:
            self._refusal = asyncio.create_task(self._server.refuse(partial(self._end_of, wanted[0])))

    async def _end_of(self, fault: Fault) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(fault.seconds if fault.argument else None):
                await self._faults.cleared()
        self._faults.remove(fault)

    async def _answer(self, request: Request) -> Reply | RawReply:
        if request.path.startswith(SideDoor.PREFIX):
            reply = self._side_door.answer(request)
            self._refuse_if_wanted()
            return reply
        if request.path != PATH:
            return _NOT_FOUND
        if request.method not in _METHODS:
            return _WRONG_METHOD
        try:
            envelope = read_envelope(request)
        except NotReadable:
            return _NOT_READABLE
        return await self._answer_envelope(request, envelope)

    async def _answer_envelope(self, request: Request, envelope: Envelope) -> Reply | RawReply:
        places = {word for each in envelope.transactions for word in (each.request, each.object)}
        instead = await self._faults.instead(request, places)
        return instead or self._faults.spoil(self._reply(envelope), places)

    def _reply(self, envelope: Envelope) -> Reply:
        self._calls.variant = variant = variant_of(self._faults)
        is_admitted = _equal((envelope.username, envelope.password), self._credentials)
        if not is_admitted and not variant.refuses_by_success:
            return forbidden(wants_json=envelope.wants_json)
        answers = [
            self._answered(each) if is_admitted else refusal(WRONG_CREDENTIALS)
            for each in envelope.transactions
        ]
        if envelope.wants_json:
            return as_json(answers, is_batch=envelope.is_batch)
        return as_xml(answers[0], variant.root)

    def _answered(self, transaction: Transaction) -> Answer:
        now = self.clock.now()
        self._site.advance(now)
        if transaction.request == "set" and self._faults.active("dead"):
            return PRETENDED
        return self._calls.answer(transaction, now)


def _credentials(settings: ConnectionSettings) -> tuple[str, str]:
    if not isinstance(settings, FountenSettings):
        raise TypeError(f"a Founten site has no use for {type(settings).__name__}")
    return settings.username, settings.password.get_secret_value()


def _equal(given: tuple[str, str], expected: tuple[str, str]) -> bool:
    # Both are compared in any case, so that the time taken does not tell a known name.
    matches = [
        hmac.compare_digest(one.encode(), two.encode()) for one, two in zip(given, expected, strict=True)
    ]
    return all(matches)
