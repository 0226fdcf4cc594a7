"""The example sites at work in virtual time, on twins of their drivers.

A thin layer on `interlock.simulation.house`: local times, patterns of points, and what came as lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from interlock import Point, Value, Write
from interlock.history.journal import MemoryJournal
from interlock.history.records import FiringEnd, Step
from interlock.model import Event, Receipt, format_command, format_value
from interlock.service.loading import Loaded, load
from interlock.simulation.house import House
from interlock.simulation.outside import QuietWorld
from interlock.simulation.virtual_time import run_virtual
from interlock.virtual import is_virtual

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
"""In a timeline: nobody knows what the point holds, until it is commanded."""
_SAYING = ("log ", "notify ")
_LATE = timedelta(milliseconds=500)
"""The service starts so long after the full minute: the first poll comes before what is due on the next."""

Values = Mapping[str, Value | None]
"""Values of points, whose names may be patterns such as ``*_window.power``."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a day in an example came to."""

    journal: MemoryJournal
    commands: list[tuple[datetime, str]]
    """Every command as it arrived, with its instant."""
    zone: ZoneInfo
    began: date
    """The first day, locally."""

    @property
    def sent(self) -> list[str]:
        """Every command as it arrived, in order: ``12:10:00 living_ac.hvacmode = cooling``."""
        return [f"{self._local(at)} {text}" for at, text in self.commands]

    @property
    def said(self) -> list[str]:
        """What rules said to people: log lines and messages."""
        return [f"{self._local(at)} {text}" for at, text in self._messages]

    @property
    def came(self) -> list[str]:
        """What was sent and said, in the order of the seconds; on later days with the date before it."""
        came = [*self.commands, *self._messages]
        # By UTC: in autumn's repeated hour local times are no order.
        ordered = sorted(came, key=lambda line: line[0].replace(microsecond=0))
        return [f"{self._dated(at.astimezone(self.zone))} {text}" for at, text in ordered]

    def _dated(self, at: datetime) -> str:
        return f"{at:%H:%M:%S}" if at.date() == self.began else f"{at:%Y-%m-%dT%H:%M:%S}"

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
        return f"{instant.astimezone(self.zone):%H:%M:%S}"


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

    What is virtual is set by hand, and the timeline may have `SWITCH` and `RELOAD` too. What happens at an
    instant comes after what is due at it.
    """
    began = datetime.fromisoformat(start).replace(tzinfo=loaded.site.timezone)
    moments: list[tuple[str, Values | str]] = [*timeline.items(), *((moment, SWITCH) for moment in off or ())]

    async def main() -> Played:
        day = _Day(loaded, began)
        day.hold({name: value for name, value in given.items() if not day.is_virtual(name)})
        await day.house.switch_on()
        await day.happen({name: value for name, value in given.items() if day.is_virtual(name)})
        for moment, what in sorted(moments, key=lambda item: _instant(item[0], began)):
            await day.house.wait_beyond(_instant(moment, began))
            await day.meet(what)
        await day.house.wait_beyond(_instant(until, began))
        if day.house.is_on:
            await day.house.switch_off()
        return Played(day.journal, day.commands, loaded.site.timezone, began.date())

    return run_virtual(main())


def _instant(text: str, began: datetime) -> datetime:
    """Return the instant of ``12:10``, ``12:10:30`` or ``2026-01-15T07:00``."""
    full = text if "T" in text else f"{began:%Y-%m-%d}T{text}"
    return datetime.fromisoformat(full).replace(tzinfo=began.tzinfo).astimezone(UTC)


class _World(QuietWorld):
    """Takes every message and request."""

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        return f"told {via}"


class _House(House):
    """A house in which what speaks through another server keeps its driver: telegrams are seen there."""

    def _virtual(self, loaded: Loaded) -> Loaded:
        made = super()._virtual(loaded)
        kept = {name: each for name, each in loaded.site.connections.items() if each.through}
        connections = MappingProxyType({**made.site.connections, **kept})
        return replace(made, site=replace(made.site, connections=connections))


class _Day:
    """A house on a day, and what reached its devices."""

    def __init__(self, loaded: Loaded, began: datetime) -> None:
        self.journal = MemoryJournal()
        self.commands: list[tuple[datetime, str]] = []
        self._loaded = loaded
        start = began.astimezone(UTC) + _LATE
        self.house = _House(loaded, start, tells=False, journal=self.journal, seed=1, outside=_World())
        self.house.equipment.watch(self._note)

    def _note(self, write: Write) -> None:
        self.commands.append((self.house.clock.now(), _said(write)))

    def is_virtual(self, name: str) -> bool:
        """Whether a point is virtual; a telegram or a pattern is none."""
        target = self._loaded.site.targets.get(Point(name))
        return target is not None and is_virtual(target)

    def hold(self, values: Values) -> None:
        """Let points hold values, or be dead; patterns stand for all that match, and the last one counts."""
        equipment = self.house.equipment
        named = {point: value for name, value in values.items() for point in self._matching(name)}
        for point, value in named.items():
            if value is None:
                equipment.lose_value(point)
            else:
                equipment.set_value(point, value)

    def _matching(self, pattern: str) -> Iterable[Point]:
        matching = [point for point in self.house.equipment.points() if fnmatch(point, pattern)]
        assert matching, f"the site has no point {pattern}"
        return matching

    async def meet(self, what: Values | str) -> None:
        """Let a moment of a timeline come."""
        if what == RELOAD:
            self.house.reload(self._loaded)
        elif not isinstance(what, str):
            await self.happen(what)
        elif self.house.is_on:
            await self.house.switch_off()
        else:
            await self.house.switch_on()

    async def happen(self, values: Values) -> None:
        """Let things happen: devices hold values, hands set what is virtual, telegrams are told."""
        telegrams = {name: value for name, value in values.items() if name.startswith("telegram ")}
        virtual = {name: value for name, value in values.items() if self.is_virtual(name)}
        self.hold({name: value for name, value in values.items() if name not in {*telegrams, *virtual}})
        await self.house.command({Point(name): value for name, value in virtual.items()})
        for name, value in telegrams.items():
            _, address, *source = name.replace(" from ", " ").split()
            data = {"kind": "write", **({"source": source[0]} if source else {})}
            self.house.raise_event(Event(kind="telegram", name=address, value=value, data=data))


def _said(write: Write) -> str:
    if write.fields:
        fields = ", ".join(f"{name} {format_value(value)}" for name, value in write.fields.items())
        return f"{write.target.point} {fields}"
    return f"{write.target.point} = {format_value(write.value)}"
