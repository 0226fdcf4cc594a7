"""The example sites at work in virtual time, on equipment in memory.

Each connection's driver gives way to one in memory that has the same points and is told of changes where
the real one is. Connections that speak through another keep their drivers: what they say is seen there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from interlock import Answer, DriverError, Point, UnknownDevice, Value, Write
from interlock.config.site import Connection, Site
from interlock.history.journal import MemoryJournal
from interlock.history.records import FiringEnd, Step
from interlock.model import Command, Event, Origin, OriginKind, Receipt, format_command, format_value
from interlock.runtime.engine import Engine
from interlock.runtime.firings.outside import Answered
from interlock.service.loading import Loaded, load
from interlock.simulation.virtual_time import run_virtual
from interlock.virtual import is_virtual
from support.fake_driver import FakeDriver, FakeEquipment
from support.settable_clock import SettableClock

EXAMPLES = Path(__file__).parents[2] / "rules"
ENVIRONMENT = {
    "SHOP_PASSWORD": "correct-horse",
    "NORTH_KEY": "7h1s1sN0tY0urK3y",
    "SOUTH_PASSWORD": "battery-staple",
    "MAIL_PASSWORD": "hoof-and-mouth",
    "ALARM_URL": "https://alarm.example.com/hook",
}
"""What the examples' files take from the environment."""
SWITCH, RELOAD = "switch", "reload"
"""In a timeline: the service is switched off or on again; its files are read anew."""
DEAD = None
"""In a timeline: the point does not answer."""
_REPORT_S = 0.05
_SAYING = ("log ", "notify ")

Values = Mapping[str, Value | None]
"""Values of points, whose names may be patterns such as ``*_window.power``."""


@dataclass
class Building(FakeEquipment):
    """What stands behind all connections, and what it was told, with the local time."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    clock: SettableClock | None = None
    began: date = date.min
    """The first day, locally."""
    commands: list[tuple[datetime, str]] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep a line, with its instant."""
        assert self.clock
        self.commands.append((self.clock.now(), text))

    def hold(self, points: Sequence[Point], values: Values) -> None:
        """Let points hold values, or be dead, and tell who listens; patterns stand for all that match."""
        for pattern, value in values.items():
            matching = [point for point in points if fnmatch(point, pattern)]
            assert matching, f"the site has no point {pattern}"
            for point in matching:
                self._hold(point, value)

    def _hold(self, point: Point, value: Value | None) -> None:
        self.values.pop(point, None)
        if value is not None:
            self.values[point] = value
        self.tell(point)

    def tell(self, point: Point) -> None:
        """Let those who listen know what a point holds, or that it is dead."""
        for feed, points in zip(self.feeds, self.subscribed, strict=True):
            if point in points:
                feed.readings({point: self.values.get(point, UnknownDevice(f"{point} is dead"))})


class StandIn(FakeDriver):
    """Stands in for any driver."""

    equipment: Building

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        for write in writes:
            self.equipment.note(_said(write))
            # As an actuator on a bus reports a little later what it did.
            asyncio.get_running_loop().call_later(_REPORT_S, self.equipment.tell, write.target.point)
        return await super().write(writes)


def _said(write: Write) -> str:
    if write.fields:
        fields = ", ".join(f"{name} {format_value(value)}" for name, value in write.fields.items())
        return f"{write.target.point} {fields}"
    return f"{write.target.point} = {format_value(write.value)}"


@dataclass
class Played:
    """What a day in an example came to."""

    building: Building
    journal: MemoryJournal

    @property
    def sent(self) -> list[str]:
        """Every command as it arrived, in order: ``12:10:00 living_ac.hvacmode = cooling``."""
        return [f"{self._local(at)} {text}" for at, text in self.building.commands]

    @property
    def said(self) -> list[str]:
        """What rules said to people: log lines and messages."""
        return [f"{self._local(at)} {text}" for at, text in self._messages]

    @property
    def came(self) -> list[str]:
        """What was sent and said, in the order of the seconds; on later days with the date before it."""
        came = [*self.building.commands, *self._messages]
        # By UTC: in autumn's repeated hour local times are no order.
        ordered = sorted(came, key=lambda line: line[0].replace(microsecond=0))
        return [f"{self._dated(at.astimezone(self.building.zone))} {text}" for at, text in ordered]

    def _dated(self, at: datetime) -> str:
        return f"{at:%H:%M:%S}" if at.date() == self.building.began else f"{at:%Y-%m-%dT%H:%M:%S}"

    @property
    def _messages(self) -> list[tuple[datetime, str]]:
        steps = [entry for entry in self.journal.entries if isinstance(entry, Step) and entry.note]
        return [(each.at, each.note) for each in steps if each.text.startswith(_SAYING)]

    @property
    def troubles(self) -> list[str]:
        """Firings that did not end well, and commands that were not accepted."""
        ends = [e for e in self.journal.entries if isinstance(e, FiringEnd) and e.outcome != "done"]
        refused = [e for e in self.journal.entries if isinstance(e, Receipt) and e.reason]
        return [
            *(f"{self._local(end.at)} {end.outcome}" for end in ends),
            *(f"{self._local(each.at)} {format_command(each.command)}: {each.reason}" for each in refused),
        ]

    def _local(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.building.zone):%H:%M:%S}"


@cache
def example(name: str) -> Loaded:
    """Load an example with the environment that its README describes."""
    return load(EXAMPLES / name, environ=ENVIRONMENT)


def play(
    name: str,
    start: str,
    timeline: Mapping[str, Values],
    *,
    given: Values,
    until: str,
    off: tuple[str, str] | None = None,
) -> Played:
    """Play an example from a local time on, in virtual time.

    Args:
        name: The example's folder.
        start: Local, such as ``2026-01-14T12:00``.
        timeline: What happens when: ``12:10`` is on the first day, ``2026-01-15T07:00`` on another. A key
            such as ``telegram 7/0/1`` is a telegram, anything else is what points hold from then on.
        given: What they hold at the start; points that are in nobody's mind are dead.
        until: When it ends, as in the timeline.
        off: Between these the service is down, as in a power cut.
    """
    return play_site(example(name), start, timeline, given=given, until=until, off=off)


def play_site(
    loaded: Loaded,
    start: str,
    timeline: Mapping[str, Values | str],
    *,
    given: Values,
    until: str,
    off: tuple[str, str] | None = None,
) -> Played:
    """Play any site from a local time on, in virtual time, as `play` does an example.

    What is virtual is set by hand, and the timeline may have `SWITCH` and `RELOAD` too.
    """
    return run_virtual(_play(loaded, start, timeline, given=given, until=until, off=off))


async def _play(
    loaded: Loaded,
    start: str,
    timeline: Mapping[str, Values | str],
    *,
    given: Values,
    until: str,
    off: tuple[str, str] | None,
) -> Played:
    zone = loaded.site.timezone
    began = datetime.fromisoformat(start).replace(tzinfo=zone)
    # Half a second late, so that the first poll comes before what is due on the minute.
    clock = SettableClock(began.astimezone(UTC) + timedelta(milliseconds=500))
    building = Building(zone=zone, clock=clock, began=began.date())
    points = list(loaded.site.targets)
    by_hand = {point for point in given if _is_virtual(loaded.site, point)}
    building.hold(points, {name: value for name, value in given.items() if name not in by_hand})
    house = _House(replace(loaded, site=_with_stand_ins(loaded.site, building)), building, clock)
    moments: list[tuple[str, Values | str]] = [*timeline.items(), *((moment, SWITCH) for moment in off or ())]
    await house.switch()
    await house.happen({name: value for name, value in given.items() if name in by_hand})
    for moment, what in sorted(moments, key=lambda item: _instant(item[0], began)):
        await house.wait_until(_instant(moment, began))
        await house.meet(what)
    await house.wait_until(_instant(until, began))
    await house.switch()
    return Played(building, house.journal)


def _instant(text: str, began: datetime) -> datetime:
    """Return the instant of ``12:10``, ``12:10:30`` or ``2026-01-15T07:00``."""
    full = text if "T" in text else f"{began:%Y-%m-%d}T{text}"
    return datetime.fromisoformat(full).replace(tzinfo=began.tzinfo).astimezone(UTC)


def _with_stand_ins(site: Site, building: Building) -> Site:
    def stand_in(connection: Connection) -> Connection:
        if connection.through or not connection.driver.device_types:
            return connection
        kept = {"shared": building, "device_types": connection.driver.device_types}
        return replace(connection, driver=type("StandInHere", (StandIn,), kept))

    made = {name: stand_in(connection) for name, connection in site.connections.items()}
    return replace(site, connections=MappingProxyType(made))


def _is_virtual(site: Site, point: str) -> bool:
    target = site.targets.get(Point(point))
    return target is not None and is_virtual(target)


class _World:
    """Takes every message and request."""

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        return f"told {via}"

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        return Answered(200, "", "")


class _House:
    """An engine that can be switched off and on again."""

    def __init__(self, loaded: Loaded, building: Building, clock: SettableClock) -> None:
        self.journal = MemoryJournal()
        self._loaded = loaded
        self._building = building
        self._clock = clock
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._engine: Engine | None = None

    async def wait_until(self, moment: datetime) -> None:
        """Wait until a moment, and a little longer, so that all of that moment has happened."""
        await asyncio.sleep(max(0.0, (moment - self._clock.now()).total_seconds()) + 0.001)

    async def switch(self) -> None:
        """Start the service, or stop it where it runs."""
        if self._running:
            self._stop.set()
            await self._running
            self._running = None
            self._building.feeds.clear()
            self._building.subscribed.clear()
            self.journal.last_seen = self._clock.now()
            return
        await self.journal.open()
        self._stop.clear()
        self._engine = engine = Engine(
            self._loaded.site,
            self._loaded.rules,
            interlocks=self._loaded.interlocks,
            clock=self._clock,
            journal=self.journal,
            seed=1,
            outside=_World(),
        )
        self._running = asyncio.create_task(engine.run(self._stop))

    async def meet(self, what: Values | str) -> None:
        """Let a moment of a timeline come."""
        if what == RELOAD:
            assert self._engine
            self._engine.reload(self._loaded.site, self._loaded.rules)
        elif isinstance(what, str):
            await self.switch()
        else:
            await self.happen(what)

    async def happen(self, values: Values) -> None:
        """Let things happen: telegrams are told, hands set what is virtual, devices hold values."""
        telegrams = {name: value for name, value in values.items() if name.startswith("telegram ")}
        virtual = {name for name in values if _is_virtual(self._loaded.site, name)}
        held = {name: value for name, value in values.items() if name not in {*telegrams, *virtual}}
        self._building.hold(list(self._loaded.site.targets), held)
        await self._set_by_hand({name: value for name, value in values.items() if name in virtual})
        for name, value in telegrams.items():
            _, address, *source = name.replace(" from ", " ").split()
            data = {"kind": "write", **({"source": source[0]} if source else {})}
            event = Event(kind="telegram", name=address, value=value, data=data)
            for feed in self._building.feeds:
                feed.event(event)

    async def _set_by_hand(self, values: Values) -> None:
        if not values:
            return
        assert self._engine
        await self._engine.has_begun.wait()
        commands = [
            Command(
                id=self._engine.new_id(),
                point=Point(name),
                value=value,
                origin=Origin(OriginKind.OPERATOR, "a hand"),
                created_at=self._clock.now(),
            )
            for name, value in values.items()
        ]
        await asyncio.gather(*self._engine.submit(commands))
