"""What came of a simulation, as values, and who gathers it while it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from interlock.model import Point
from interlock.rules.rule_points import commanded_points, read_points
from interlock.service.loading import Loaded
from interlock.simulation.plant.figures import Figures
from interlock.simulation.results.command_figures import CommandFigures, CommandTally
from interlock.simulation.results.happening import Happening
from interlock.simulation.results.outages import MessageFigures, Outage, OutageTally
from interlock.simulation.results.point_figures import PointFigures, PointTally
from interlock.simulation.results.rule_figures import RuleFigures, RuleTally
from interlock.simulation.results.unrest import Unrest, UnrestTally


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What came of a simulation."""

    site: str
    begins: datetime
    """UTC."""
    ends: datetime
    """Until when it went, UTC."""
    is_whole: bool
    """Whether that is as far as it was meant to go."""
    seed: int
    poll: str
    """How often at most points were polled; empty where that was as the site says."""
    weather: str
    """Where it came from."""
    building: Sequence[str]
    """What was simulated behind the points, in lines for people."""
    faults: Sequence[str]
    """As they were written."""
    wrong: Sequence[Outage]
    """What went wrong by these faults."""
    rules: Sequence[RuleFigures]
    commands: Sequence[CommandFigures]
    points: Sequence[PointFigures]
    """Whatever was read."""
    controlled: Sequence[Point]
    """The points that rules may command, and those that were commanded."""
    unrest: Sequence[Unrest]
    connections: Sequence[Outage]
    interlocks: Sequence[Outage]
    service: Sequence[Outage]
    messages: Sequence[MessageFigures]
    requests: Mapping[str, int]
    figures: Figures
    """Comfort and energy of the building."""


class Gatherer:
    """Gathers results in bounded memory.

    Args:
        loaded: The site.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        read = {*read_points(loaded.rules), *loaded.site.watch}
        self._rules = RuleTally(loaded.rules)
        self._commands = CommandTally()
        self._points = PointTally(loaded.site, sorted(read))
        self._unrest = UnrestTally(loaded.site)
        self._outages = OutageTally()
        self._tallies = (self._rules, self._commands, self._points, self._unrest, self._outages)

    def take(self, at: datetime, happening: Happening) -> None:
        """Take in what happened; the service's end comes last."""
        for tally in self._tallies:
            tally.take(at, happening)

    def results(
        self,
        *,
        begins: datetime,
        ends: datetime,
        is_whole: bool,
        seed: int,
        poll: str,
        weather: str,
        building: Sequence[str],
        faults: Sequence[str],
        figures: Figures,
    ) -> Results:
        """Return what came of it."""
        points, commands = self._points.figures(), self._commands.figures()
        seen = {each.point: each.in_words for each in points}
        controlled = {*commanded_points(self._loaded.rules), *(each.point for each in commands)}
        return Results(
            site=self._loaded.site.name,
            begins=begins,
            ends=ends,
            is_whole=is_whole,
            seed=seed,
            poll=poll,
            weather=weather,
            building=building,
            faults=faults,
            wrong=self._outages.faults(),
            rules=self._rules.figures({str(point): words for point, words in seen.items()}),
            commands=commands,
            points=points,
            controlled=sorted(controlled),
            unrest=self._unrest.figures(),
            connections=self._outages.connections(),
            interlocks=self._outages.interlocks(),
            service=self._outages.service(),
            messages=self._outages.messages(),
            requests=self._outages.requests(),
            figures=figures,
        )
