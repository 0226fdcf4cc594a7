"""One site at work in virtual time: scenarios, simulations and replays stand on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from interlock.config.site import Site
from interlock.driver import Device
from interlock.errors import InvalidValue
from interlock.history.journal import Journal, MemoryJournal
from interlock.model import Command, Event, Origin, OriginKind, Point, Receipt, Value
from interlock.runtime.engine import Engine
from interlock.runtime.firings.outside import Outside
from interlock.service.loading import Loaded
from interlock.simulation.equipment import Equipment
from interlock.simulation.outside import QuietWorld
from interlock.simulation.streamed_journal import StreamedJournal
from interlock.simulation.twin import equipment_of, site_with_twins, with_devices
from interlock.simulation.virtual_time import VirtualClock, VirtualLoop
from interlock.virtual import is_virtual

HAND = Origin(OriginKind.OPERATOR, "a hand")
"""Who sets virtual points by hand, unless somebody else is named."""
_LATER = timedelta(milliseconds=1)


class House:
    """A site on twins of its drivers, whose service can be switched off and on again.

    It is made and used on a virtual loop. Nothing runs before `switch_on`.

    Args:
        loaded: The site.
        start: The instant that the loop's time 0 stands for, aware.
        tells: Whether devices tell of changes at once; otherwise they are polled as the site says.
        given: What virtual points hold before anybody sets them, in place of their ``initial``.
        journal: Takes what happens, over all runs; by default one in memory.
        equipment: What its devices hold; by default equipment that does what it is told.
        seed: Of everything that is random in the engine.
        outside: Takes messages and requests.
        dry_run: Nothing is sent: commands become suppressed receipts.

    Raises:
        InvalidValue: a virtual point cannot begin with what is given.
    """

    def __init__(
        self,
        loaded: Loaded,
        start: datetime,
        *,
        tells: bool,
        given: Mapping[Point, Value] = MappingProxyType({}),
        journal: Journal | None = None,
        equipment: Equipment | None = None,
        seed: int = 0,
        outside: Outside | None = None,
        dry_run: bool = False,
    ) -> None:
        self.clock = VirtualClock(start, asyncio.get_running_loop())
        self.equipment = equipment_of(loaded.site) if equipment is None else equipment
        """What its devices hold."""
        self.journal: Journal = MemoryJournal() if journal is None else journal
        self.equip: Callable[[Engine], None] = lambda engine: None
        """Is called with every engine before it runs."""
        self._given = given
        self._tells = tells
        self._seed = seed
        self._outside = outside or QuietWorld()
        self._dry_run = dry_run
        self._loaded = self._virtual(loaded)
        self._stop = asyncio.Event()
        self._engine: Engine | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def engine(self) -> Engine:
        """The engine that runs now; an error where the service is switched off."""
        if self._engine is None:
            raise RuntimeError("the service is switched off")
        return self._engine

    @property
    def site(self) -> Site:
        """The site as it is now, with the twins of its drivers."""
        return self._loaded.site

    @property
    def is_on(self) -> bool:
        """Whether the service runs."""
        return self._engine is not None

    async def switch_on(self) -> None:
        """Start the service; return when rules are looked at."""
        await self.journal.open()
        self._stop = asyncio.Event()
        self._engine = engine = Engine(
            self._loaded.site,
            self._loaded.rules,
            interlocks=self._loaded.interlocks,
            clock=self.clock,
            journal=self.journal,
            seed=self._seed,
            outside=self._outside,
            dry_run=self._dry_run,
        )
        self.equip(engine)
        self._running = asyncio.create_task(engine.run(self._stop), name="service")
        begun = asyncio.create_task(engine.has_begun.wait(), name="begin")
        await asyncio.wait({begun, self._running}, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        self._raise_failure()

    async def switch_off(self) -> None:
        """Stop the service, which ends what is half done; it may be switched on again."""
        self._stop.set()
        await self._end()

    async def cut_power(self) -> None:
        """Let the service be gone at once, as in a power cut; it may be switched on again."""
        if self._running:
            self._running.cancel()
        await self._end()

    async def _end(self) -> None:
        running, self._running, self._engine = self._running, None, None
        if running is not None:
            await asyncio.gather(running, return_exceptions=running.cancelling() > 0)
            if isinstance(self.journal, MemoryJournal | StreamedJournal):
                self.journal.last_seen = self.clock.now()
            await self.journal.close()

    def reload(self, loaded: Loaded) -> None:
        """Let the running service go on with an edited site, on the same equipment."""
        self._loaded = self._virtual(loaded)
        self.engine.reload(self._loaded.site, self._loaded.rules, self._loaded.interlocks)

    async def wait_until(self, instant: datetime) -> None:
        """Wait until an instant comes; whatever is done then comes before all else that is due at it.

        Raises what the engine ended with, where it ended meanwhile.
        """
        await self._sleep(instant)

    async def wait_beyond(self, instant: datetime) -> None:
        """Wait until an instant is over, and all that is due at it is done."""
        await self._sleep(instant + _LATER)

    async def happen(self, values: Mapping[Point, Value]) -> None:
        """Let points hold values from now on: devices by themselves, virtual points by a hand.

        Raises:
            InvalidValue: a point cannot hold its value.
            LookupError: there is no such point.
        """
        for point, value in values.items():
            if not self._is_virtual(point):
                self.equipment.set_value(point, value)
        await self.command({point: each for point, each in values.items() if self._is_virtual(point)})

    async def command(self, values: Mapping[Point, Value | None], origin: Origin = HAND) -> list[Receipt]:
        """Send commands as a person does; return what became of each."""
        if not values:
            return []
        engine = self.engine
        commands = [
            Command(id=engine.new_id(), point=point, value=value, origin=origin, created_at=self.clock.now())
            for point, value in values.items()
        ]
        return await asyncio.gather(*engine.submit(commands))

    def raise_event(self, event: Event) -> None:
        """Let something happen that drivers tell of, such as a telegram."""
        self.equipment.raise_event(event)

    async def _sleep(self, until: datetime) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        come = asyncio.Event()
        alarm = loop.call_first((until - self.clock.start).total_seconds(), come.set)
        waiting = asyncio.create_task(come.wait(), name="an instant to come")
        try:
            await asyncio.wait(
                {waiting, self._running} if self._running else {waiting}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            alarm.cancel()
            waiting.cancel()
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._running and self._running.done():
            self._running.result()
            raise RuntimeError("the service ended by itself")

    def _is_virtual(self, point: Point) -> bool:
        target = self._loaded.site.targets.get(point)
        return target is not None and is_virtual(target)

    def _virtual(self, loaded: Loaded) -> Loaded:
        site = site_with_twins(loaded.site, self.equipment, tells=self._tells)
        return replace(loaded, site=_beginning_with(site, self._given))


def _beginning_with(site: Site, given: Mapping[Point, Value]) -> Site:
    """Return a site whose virtual points begin with other values."""
    changed: dict[str, Device] = {}
    for point, value in given.items():
        device = site.devices[point.device]
        if "initial" not in type(device.settings).model_fields:
            raise InvalidValue(f"{point} cannot begin with a value: it is a {device.type}")
        checked = site.targets[point].capability.check(value)
        settings = device.settings.model_copy(update={"initial": checked})
        changed[device.name] = replace(device, settings=settings)
    return with_devices(site, changed)
