"""The house of the year's soak: what it is made of, what goes wrong in it, and what people do to it."""

from __future__ import annotations

import asyncio
import math
import random
import resource
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from interlock.errors import DriverError, ProtocolFault, RateLimited, ServerFault, TimedOut, Unreachable
from interlock.model import Command, Origin, OriginKind, Point, Value
from interlock.service.control.sending import release
from interlock.service.loading import Loaded, load
from interlock.simulation.house import House

ROOMS = 3
POLL = timedelta(minutes=15)
STALE_AFTER = 3 * POLL
MIN_ON, MIN_OFF = timedelta(minutes=20), timedelta(minutes=10)
CONNECTIONS = ("east", "west")
OPERATOR = Origin(OriginKind.OPERATOR, "soak")
_HOUR_S = 3600.0
_SITE = """
site: {{name: Year, timezone: Europe/Rome, holidays: IT}}
connections:
  east: {{driver: thinknx-local, host: 10.0.0.1, poll: 15m, timeout: {timeout}s}}
  west: {{driver: thinknx-local, host: 10.0.0.2, poll: 15m, rate: 60/min}}
devices:
  spells: {{type: counter}}
  away: {{type: flag}}
{devices}
interlocks:
{interlocks}
rules:
{rules}
journal: {{keep: 30d, max_size: {most}MB, heartbeat: 6h}}
"""
_DEVICES = """
  air{n}: {{connection: {c}, type: thermostat, guid: T{n}, controllers: [actualtemp]}}
  heat{n}: {{connection: {c}, type: light, guid: H{n}, manual_hold: 1h, default: {{power: off}}}}
  cool{n}: {{connection: {c}, type: light, guid: C{n}, manual_hold: 1h, default: {{power: off}}}}
  pump{n}: {{connection: {c}, type: light, guid: P{n}, default: {{power: off}},
            guard: {{power: {{min_on: 20m, min_off: 10m}}}}}}
  lamp{n}: {{connection: {c}, type: light, guid: L{n}, default: {{power: off}}}}
  window{n}: {{connection: {c}, type: light, guid: W{n}}}
  evening{n}: {{connection: {c}, type: scene, guid: S{n}}}
"""
_INTERLOCK = """
  - id: never-both-{n}
    never: heat{n}.power and cool{n}.power
    instead: {{heat{n}.power: off}}
"""
_RULES = """
  - id: cool-{n}
    while: air{n}.actualtemp > {limit} and not window{n}.power
    until: air{n}.actualtemp < 24 or window{n}.power
    keep: {{cool{n}.power: on}}
  - id: heat-{n}
    while: air{n}.actualtemp < 20
    until: air{n}.actualtemp > 21
    keep: {{heat{n}.power: on}}
  - id: pump-{n}
    while: heat{n}.power or cool{n}.power
    keep: {{pump{n}.power: on}}
  - id: hot-{n}
    triggers: [{{becomes: air{n}.actualtemp > {limit}, for: 40m}}]
    actions: [{{launch: evening{n}}}, {{increment: spells}}, {{log: hot}}]
  - id: hourly-{n}
    triggers: [{{every: 2h}}]
    condition: air{n}.actualtemp > 22 and mean_over('air{n}.actualtemp', '3h') > 21
    cooldown: 4h
    actions: [{{set: {{lamp{n}.power: on}}}}, {{delay: 30m}}, {{set: {{lamp{n}.power: off}}}}]
  - id: alarm-{n}
    triggers: [{{unavailable: air{n}.actualtemp, for: 5m}}]
    actions: [{{log: dead}}]
  - id: shadow-{n}
    enabled: shadow
    triggers: [{{change: window{n}.power}}]
    actions: [{{set: {{lamp{n}.power: on}}}}]
"""


def variants(folder: Path, *, rooms: int, most_mb: int) -> Sequence[Loaded]:
    """Return the site as it is edited in the course of the year."""
    edits = ((26, 5, rooms, 0), (27, 5, rooms, 1), (26, 6, rooms - 1, 2), (25, 5, rooms, 3))
    found = []
    for limit, timeout, ruled, extra in edits:
        each = range(rooms)
        text = _SITE.format(
            timeout=timeout,
            most=most_mb,
            devices="".join(_DEVICES.format(n=n, c=CONNECTIONS[n % 2]) for n in each),
            interlocks="".join(_INTERLOCK.format(n=n) for n in each),
            rules="".join(_RULES.format(n=n, limit=limit) for n in range(ruled))
            + f"  - {{id: extra-{extra}, triggers: [{{every: 12h}}], actions: [{{log: extra}}]}}\n",
        )
        (folder / "site.yaml").write_text(text, encoding="utf-8")
        found.append(load(folder / "site.yaml", environ={}))
    return found


class Life:
    """What happens to the house, hour by hour, as the dice fall.

    Args:
        house: Where.
        sites: Its edits.
        dice: What falls.
        rooms: How many there are.
    """

    def __init__(self, house: House, sites: Sequence[Loaded], dice: random.Random, rooms: int) -> None:
        self._house = house
        self._sites = sites
        self._dice = dice
        self._rooms = rooms
        self._troubles: dict[str, int] = {}
        """How many faults each sensor has now, by its point."""
        self.dead_since: dict[int, timedelta] = {}
        """Since when a room's sensor gives nothing to be used, by the loop's time."""
        self.happened: Counter[str] = Counter()
        self.restarts = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_lost = False

    def furnish(self) -> None:
        """Give every point its first value."""
        for point in self._house.equipment.points():
            target = self._house.equipment.target(point)
            if target.device.connection in CONNECTIONS and target.capability.readable:
                self._house.equipment.set_value(point, 22.0 if point.device.startswith("air") else False)

    async def weather(self) -> None:
        """Let the air of each room follow the year, the day, and what heats and cools it."""
        air = [22.0] * self._rooms
        while True:
            days = self._house.clock.monotonic() / timedelta(days=1)
            outdoors = 14 + 14 * math.cos(math.tau * (days - 200) / 365) + 5 * math.sin(math.tau * days)
            for n in range(self._rooms):
                pull = 1.0 * self._is_on(f"heat{n}") - 1.0 * self._is_on(f"cool{n}")
                air[n] += 0.04 * (outdoors + 6 + n - air[n]) + pull + self._dice.gauss(0, 0.1)
                self._house.equipment.set_value(Point(f"air{n}.actualtemp"), round(air[n], 1))
            await asyncio.sleep(1800)

    def _is_on(self, device: str) -> bool:
        return self._house.equipment.value(Point(f"{device}.power")) is True

    async def trouble(self) -> None:
        """Let something happen every few hours."""
        deeds: Sequence[tuple[int, Callable[[], Awaitable[None]]]] = (
            (8, self._outage),
            (8, self._dead_sensor),
            (4, self._rubbish),
            (3, self._slowness),
            (3, self._deafness),
            (12, self._hand),
            (12, self._operator),
            (4, self._edit),
            (1, self._set_clock),
            (1, self._restart),
            (2, self._lose_journal),
        )
        weights = [weight for weight, _ in deeds]
        while True:
            await asyncio.sleep(self._dice.uniform(0.1, 6) * _HOUR_S)
            [(_, deed)] = self._dice.choices(deeds, weights)
            await deed()

    async def _outage(self) -> None:
        """A server is away, refuses, or answers nonsense."""
        name = self._dice.choice(CONNECTIONS)
        errors: Sequence[DriverError] = (
            Unreachable(f"connection {name}: cannot be reached"),
            RateLimited(f"connection {name}: too many", retry_after_s=self._dice.choice([30, 900])),
            TimedOut(f"connection {name}: no answer"),
            ServerFault(f"connection {name}: HTTP 500"),
            ProtocolFault(f"connection {name}: answers no JSON"),
        )
        self._say("outage")
        self._house.equipment.lose_connection(name, self._dice.choice(errors))
        rooms = [n for n in range(self._rooms) if CONNECTIONS[n % 2] == name]
        self._later(rooms, lambda: self._house.equipment.regain_connection(name), f"away {name}")

    async def _dead_sensor(self) -> None:
        """A sensor does not answer."""
        n = self._dice.randrange(self._rooms)
        point = Point(f"air{n}.actualtemp")
        self._say("dead sensor")
        self._house.equipment.lose_point(point, TimedOut(f"{point} does not answer"))
        self._later([n], lambda: self._house.equipment.find_point(point), f"dead {n}")

    async def _rubbish(self) -> None:
        """A sensor shows what cannot be."""
        n = self._dice.randrange(self._rooms)
        point = Point(f"air{n}.actualtemp")
        rubbish: Value = self._dice.choice([1e9, float("nan"), "hot", True, -4000.0])
        self._say("rubbish")
        self._house.equipment.falsify(point, lambda _: rubbish)
        self._later([n], lambda: self._house.equipment.believe(point), f"false {n}")

    def _later(self, rooms: Sequence[int], mend: Callable[[], None], what: str) -> None:
        """Count the rooms as dead until a fault is mended, in minutes or in days."""
        lasts_s = self._dice.choice([0.1, 1, 5, 40]) * _HOUR_S
        for n in rooms:
            self._troubles[f"{what}/{n}"] = self._troubles.get(f"{what}/{n}", 0) + 1
            self.dead_since.setdefault(n, self._house.clock.monotonic())

        async def wait() -> None:
            await asyncio.sleep(lasts_s)
            if all(self._troubles[f"{what}/{n}"] == 1 for n in rooms):
                mend()
            for n in rooms:
                self._end_trouble(n, what)

        self._begin(wait())

    def _end_trouble(self, n: int, what: str) -> None:
        self._troubles[f"{what}/{n}"] -= 1
        if not any(count for key, count in self._troubles.items() if key.endswith(f"/{n}")):
            self.dead_since.pop(n, None)

    async def _slowness(self) -> None:
        name = self._dice.choice(CONNECTIONS)
        self._say("slowness")
        self._house.equipment.delay(name, timedelta(seconds=self._dice.choice([1, 4, 20])))
        self._after(lambda: self._house.equipment.delay(name, timedelta()))

    async def _deafness(self) -> None:
        point = Point(f"lamp{self._dice.randrange(self._rooms)}.power")
        self._say("deafness")
        self._house.equipment.deafen(point)
        self._after(lambda: self._house.equipment.cure(point))

    async def _hand(self) -> None:
        """Somebody is at a switch, or opens a window."""
        device = self._dice.choice(("lamp", "window"))
        point = Point(f"{device}{self._dice.randrange(self._rooms)}.power")
        self._say("hand")
        self._house.equipment.set_value(point, self._house.equipment.value(point) is not True)

    async def _operator(self) -> None:
        """Somebody commands, and may hold; nobody waits for what becomes of it."""
        device = self._dice.choice(("heat", "cool", "pump", "lamp"))
        point = Point(f"{device}{self._dice.randrange(self._rooms)}.power")
        if not self._house.is_on:
            return
        engine = self._house.engine
        self._say("operator")
        if self._dice.random() < 0.3:
            release(engine, point)
            return
        now, holds = self._house.clock.now(), self._dice.random() < 0.5
        engine.submit(
            [
                Command(
                    id=engine.new_id(),
                    point=point,
                    value=self._dice.random() < 0.5,
                    origin=OPERATOR,
                    created_at=now,
                    priority=self._dice.choice([6, 8, 16]) if holds else 16,
                    holds=holds,
                    until=now + timedelta(hours=self._dice.choice([1, 30])) if holds else None,
                )
            ]
        )

    async def _edit(self) -> None:
        self._say("edit")
        if self._house.is_on:
            self._house.reload(self._dice.choice(self._sites))

    async def _set_clock(self) -> None:
        self._say("clock set")
        hours = self._dice.choice([-3, -1, -0.01, 0.01, 1, 3])
        self._house.clock.start += timedelta(hours=hours)

    async def _restart(self) -> None:
        if not self.restarts:
            return
        is_cut = self._dice.random() < 0.5
        self._say("power cut" if is_cut else "restart")
        await (self._house.cut_power() if is_cut else self._house.switch_off())
        await asyncio.sleep(self._dice.choice([5, 600, 40_000]))
        self._is_lost = False
        let_write(True)
        await self._house.switch_on()

    async def _lose_journal(self) -> None:
        """The disk takes nothing more, for some hours."""
        self._say("disk full")
        self._is_lost = True
        let_write(False)

        def mend() -> None:
            self._is_lost = False
            let_write(True)

        self._after(mend)

    def _after(self, mend: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(self._dice.choice([0.1, 1, 8]) * _HOUR_S)
            mend()

        self._begin(wait())

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _say(self, what: str) -> None:
        self.happened[what] += 1

    def print_now(self, text: str) -> None:
        """Print a line, though the disk may be full."""
        let_write(True)
        print(text, flush=True)
        let_write(not self._is_lost)

    async def end(self) -> None:
        """Mend nothing any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_disk_full(self) -> bool:
        """Whether the disk takes nothing now."""
        return self._is_lost

    @property
    def tasks(self) -> int:
        """How many wait for the end of a trouble."""
        return len(self._tasks)


def let_write(may: bool) -> None:
    """Let files of this process grow, or fail each write: `RLIMIT_FSIZE`, as a full disk would."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if may else 0, hard))
