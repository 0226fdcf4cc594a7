"""Plays a site in virtual time from one instant to another, and gathers what comes of it."""

from __future__ import annotations

import asyncio
import heapq
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from interlock.clock import Clock
from interlock.expressions.compiler import longest
from interlock.model import Point
from interlock.runtime.commands.guards import Guards
from interlock.runtime.firings.outside import Answered
from interlock.service.loading import Loaded
from interlock.simulation.coupling import HouseCoupling, Plan, couple, describe
from interlock.simulation.equipment import Equipment
from interlock.simulation.faults import Fault, Kind, Mischief, Turn, turns
from interlock.simulation.faults.recurrence import Stretch
from interlock.simulation.house import House
from interlock.simulation.outside import QuietWorld
from interlock.simulation.plant.figures import Figures
from interlock.simulation.plant.outdoors import Weather
from interlock.simulation.results import Gatherer, Happening, Message, Request, Results, ServiceEnd
from interlock.simulation.streamed_journal import StreamedJournal
from interlock.simulation.virtual_time import run_virtual

_LOOKS = 2000
"""How often the simulation is looked at from outside, at most; that is how fine a picture is."""
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(minutes=15)
"""Between two looks."""
_FIRINGS = 1000
"""Firings of each rule that a service knows at a start, as many as it remembers itself."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_WEATHER = "weather: "
"""How the description of a building begins."""


class Onlooker(Protocol):
    """Is shown a simulation while it goes on."""

    def take(self, at: datetime, happening: Happening) -> None:
        """Take in what happened at an instant."""
        ...

    def look(self, at: datetime, equipment: Equipment) -> None:
        """Look at what devices hold, now and then."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is simulated."""

    loaded: Loaded
    within: Stretch
    plan: Plan
    weather: Weather | None = None
    """In place of the plan's."""
    told_weather: str = ""
    """Where that comes from."""
    faults: Sequence[Fault] = ()
    told_faults: Sequence[str] = ()
    """The faults as they were asked for."""
    seed: int = 0
    told_poll: str = ""
    """How often at most points are polled, where that was asked for."""


class Simulation:
    """One run of a script.

    Args:
        script: What is simulated.
        onlookers: Are shown everything.
    """

    def __init__(self, script: Script, onlookers: Sequence[Onlooker] = ()) -> None:
        self._script = script
        self._onlookers = onlookers
        self._gatherer = Gatherer(script.loaded)
        self._clock: Clock | None = None
        self._is_over = False

    def now(self) -> datetime:
        """Return the instant to which it has come, UTC."""
        return self._clock.now() if self._clock else self._script.within.begins

    def run(self) -> Results:
        """Play it to its end, or until Ctrl-C; return what came of it.

        The same script gives the same results, byte for byte.
        """
        return run_virtual(self._play())

    async def _play(self) -> Results:
        house = self._house()
        coupling = couple(house, self._script.plan, weather=self._script.weather, seed=self._script.seed)
        is_whole = await self._live(house)
        return await self._end(house, coupling, is_whole=is_whole)

    def _house(self) -> House:
        loaded, within = self._script.loaded, self._script.within
        journal = StreamedJournal(
            self._tell, _windows(loaded, within.begins), max([_FIRINGS, *_limits(loaded)])
        )
        house = House(
            loaded,
            within.begins,
            tells=False,
            journal=journal,
            seed=self._script.seed,
            outside=_TellTale(self._tell),
        )
        self._clock = house.clock
        return house

    async def _live(self, house: House) -> bool:
        """Let the house live through the time; return whether it came to its end."""
        try:
            with _cancelled_by_signals():
                await self._live_through(house)
        except asyncio.CancelledError:
            # Ctrl-C: what came of it until now is worth its numbers.
            task = asyncio.current_task()
            assert task
            task.uncancel()
            return False
        return True

    async def _live_through(self, house: House) -> None:
        mischief, begins, is_begun = Mischief(house), self._script.within.begins, False
        for at, turn in self._moments():
            # What is broken at the very start is so before the service looks at it.
            if not is_begun and at > begins:
                is_begun = True
                if not mischief.is_down:
                    await house.switch_on()
            await house.wait_until(at)
            if turn:
                await self._turn(house, mischief, turn)
            for onlooker in self._onlookers:
                onlooker.look(at, house.equipment)

    async def _turn(self, house: House, mischief: Mischief, turn: Turn) -> None:
        was_on = house.is_on
        self._tell(turn)
        await mischief.take(turn)
        if turn.fault.kind is Kind.DOWN and was_on and not house.is_on:
            self._tell(ServiceEnd())

    async def _end(self, house: House, coupling: HouseCoupling, *, is_whole: bool) -> Results:
        ends = self.now()
        self._tell(ServiceEnd(is_last=True))
        self._is_over = True
        figures = coupling.figures()
        coupling.close()
        # No rule does anything because the simulation ends.
        await house.cut_power()
        return self._results(ends, figures, is_whole=is_whole)

    def _results(self, ends: datetime, figures: Figures, *, is_whole: bool) -> Results:
        script = self._script
        weather, *building = describe(script.plan)
        return self._gatherer.results(
            begins=script.within.begins,
            ends=ends,
            is_whole=is_whole,
            seed=script.seed,
            poll=script.told_poll,
            weather=script.told_weather or weather.removeprefix(_WEATHER),
            building=building,
            faults=script.told_faults,
            figures=figures,
        )

    def _moments(self) -> Iterator[tuple[datetime, Turn | None]]:
        """Yield when something has to be done from outside, in order, and the end at last."""
        script, begins = self._script, self._script.within.begins
        broken = ((turn.at, turn) for turn in turns(script.faults, script.within, script.seed))
        looks = ((at, None) for at in _looks(script.within))
        for at, turn in heapq.merge(broken, looks, key=lambda moment: moment[0]):
            yield max(at, begins), turn

    def _tell(self, happening: Happening) -> None:
        if self._is_over:
            return
        at = self.now()
        self._gatherer.take(at, happening)
        for onlooker in self._onlookers:
            onlooker.take(at, happening)


class _TellTale(QuietWorld):
    """Tells of every message and request."""

    def __init__(self, tell: Callable[[Message | Request], None]) -> None:
        self._tell = tell

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        """Take a message."""
        self._tell(Message(via, title, message))
        return await super().notify(via, message, title, tell)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        """Answer a request with 200 and nothing."""
        self._tell(Request(method, url))
        return await super().request(method, url, headers, body, timeout)


def _looks(within: Stretch) -> Iterator[datetime]:
    pace = min(max((within.ends - within.begins) / _LOOKS, _SHORTEST), _LONGEST)
    at = within.begins + pace
    while at < within.ends:
        yield at
        at += pace
    yield within.ends


def _windows(loaded: Loaded, now: datetime) -> Mapping[Point, timedelta]:
    """Return how far back the past of points counts, for any rule or guard."""
    guards = Guards(lambda _: timedelta())
    guards.change(loaded.site.guards, now)
    return longest([*(rule.windows for rule in loaded.rules), guards.windows])


def _limits(loaded: Loaded) -> Sequence[int]:
    return [rule.limit.count for rule in loaded.rules if rule.limit]


@contextmanager
def _cancelled_by_signals() -> Iterator[None]:
    """Let the first SIGINT or SIGTERM cancel this task as long as the context lasts.

    Not by what asyncio does itself: that leaves SIGTERM alone, and SIGINT where it was ignored at the start.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    for number in _SIGNALS:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
