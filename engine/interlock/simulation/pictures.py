"""What a simulation's report shows: how points went, and what was commanded and decided meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from interlock.capabilities import ValueType, nearest
from interlock.driver import Target
from interlock.durations import format_duration
from interlock.history.records import ConnectionEvent, Firing
from interlock.model import Outcome, Point, Reading, Receipt, Value, format_command, format_value
from interlock.rules.rule_points import commanded_points, read_points
from interlock.service.loading import Loaded
from interlock.simulation.coupling import Plan
from interlock.simulation.coupling.roles import Role
from interlock.simulation.equipment import Equipment
from interlock.simulation.faults import Turn
from interlock.simulation.faults.recurrence import Stretch
from interlock.simulation.marking import Marking
from interlock.simulation.report import Chart, MarkKind, Page, Recording, Series, Table
from interlock.simulation.report import Value as Shown
from interlock.simulation.results import Happening, Results, ServiceEnd
from interlock.simulation.results.tables import tables_of

MOST_POINTS = 20
"""So many are shown where nobody says which."""
_SENT = frozenset({Outcome.ACCEPTED, Outcome.UNCERTAIN})
_BAD = frozenset({Outcome.FAILED, Outcome.REFUSED})
_NUMBERS = (ValueType.INTEGER, ValueType.NUMBER)


def choose_points(loaded: Loaded, plan: Plan, patterns: Sequence[str]) -> tuple[Point, ...]:
    """Return the points to be shown: those that match a pattern, or the most telling ones.

    Those are the zones' temperatures, what rules may command and what they read, 20 at most.

    Args:
        loaded: The site.
        plan: Its building.
        patterns: Such as ``living_*.actualtemp``; a device alone means all its points.

    Raises:
        ValueError: a pattern matches nothing that has readings; the message has the nearest name.
    """
    readable = [point for point, target in loaded.site.targets.items() if _is_shown(target)]
    if patterns:
        return tuple(dict.fromkeys(point for each in patterns for point in _matching(each, readable)))
    temperatures = (tie.point for zone in plan.zones for tie in zone.sensors if tie.role is Role.TEMPERATURE)
    telling = (*temperatures, *commanded_points(loaded.rules), *read_points(loaded.rules))
    return tuple(point for point in dict.fromkeys(telling) if point in set(readable))[:MOST_POINTS]


def _is_shown(target: Target) -> bool:
    return target.capability.has_reading and not target.capability.is_trigger


def _matching(pattern: str, points: Sequence[Point]) -> Sequence[Point]:
    found = [each for each in points if pattern == each.device or fnmatchcase(each, pattern)]
    if found:
        return found
    meant = nearest(pattern, [*points, *(each.device for each in points)])
    hint = f"; did you mean '{meant}'?" if meant else ""
    raise ValueError(f"no point of the site that has readings matches '{pattern}'{hint}")


class Pictures:
    """Records points and marks in bounded memory while a simulation goes on.

    Args:
        loaded: The site.
        points: Which are shown.
        within: The time that is simulated.
    """

    def __init__(self, loaded: Loaded, points: Sequence[Point], within: Stretch) -> None:
        self._site = loaded.site
        self._within = within
        self._recordings = {point: Recording(within.begins, within.ends) for point in points}
        self._is_read = {*read_points(loaded.rules), *loaded.site.watch}
        self._marking = Marking(within)

    def take(self, at: datetime, happening: Happening) -> None:
        """Record what happened."""
        match happening:
            case Reading(point=point, value=value):
                if recording := self._recordings.get(point):
                    recording.add(at, _shown(value if happening.is_usable else None))
            case ServiceEnd():
                for point, recording in self._recordings.items():
                    recording.add(at, self._last(point) if happening.is_last else None)
            case _:
                self._mark(at, happening)

    def look(self, at: datetime, equipment: Equipment) -> None:
        """Record what devices hold that the service does not read."""
        for point, recording in self._recordings.items():
            if point not in self._is_read and point in equipment.points():
                recording.add(at, _shown(equipment.value(point)))

    def page(self, results: Results) -> Page:
        """Return the report of what came of the simulation."""
        zone = self._within.zone
        length = format_duration(results.ends - results.begins)
        return Page(
            title=f"{results.site}: a simulation",
            timezone=zone,
            begins=results.begins,
            ends=max(results.ends, results.begins),
            facts=[
                ("time", length),
                ("weather", results.weather),
                ("seed", str(results.seed)),
                *([("polled at most each", results.poll)] if results.poll else []),
                *(("fault", text) for text in results.faults),
            ],
            notes=[] if results.is_whole else ["It was ended before its time."],
            parts=[*self._charts(), *tables_of(results, zone), _building(results)],
        )

    def _last(self, point: Point) -> Shown:
        samples = self._recordings[point].samples()
        return samples[-1][1] if samples else None

    def _mark(self, at: datetime, happening: Happening) -> None:
        match happening:
            case Receipt(command=command, outcome=outcome) if outcome in _SENT:
                text = f"{format_command(command)} by {command.origin}"
                self._marking.add(at, MarkKind.COMMAND, text, command.point)
            case Receipt(command=command, outcome=outcome, reason=reason) if outcome in _BAD:
                text = f"{format_command(command)} by {command.origin}: {outcome.value}: {reason}"
                self._marking.add(at, MarkKind.FAULT, text, command.point)
            case Firing(decision=decision):
                self._marking.add(at, MarkKind.FIRING, f"rule {decision.rule.id}: {decision.reason}", "")
            case ConnectionEvent(text=text):
                self._marking.add(at, MarkKind.FAULT, text, "")
            case Turn(fault=fault, is_begin=True):
                self._marking.add(at, MarkKind.FAULT, f"fault: {fault}", "")

    def _charts(self) -> Iterator[Chart]:
        """Yield the temperatures in one chart, and what else each device has in one of its own."""
        groups: dict[str, list[Point]] = {}
        for point in self._recordings:
            groups.setdefault(_title(self._site.targets[point]), []).append(point)
        marks = self._marking.marks()
        for number, (title, points) in enumerate(groups.items()):
            # What belongs to no point is shown once, in the first chart.
            names = {*points, *([""] if number == 0 else [])}
            yield Chart(
                title=title,
                series=[self._series(point) for point in points],
                marks=[mark for mark in marks if mark.series in names],
            )

    def _series(self, point: Point) -> Series:
        capability = self._site.targets[point].capability
        return Series(
            name=point,
            samples=self._recordings[point],
            unit=capability.unit,
            is_held=capability.writable or capability.type not in _NUMBERS,
        )


def _title(target: Target) -> str:
    return "temperatures" if target.capability.unit in ("°C", "°F") else target.device.name


def _building(results: Results) -> Table:
    rows = [(line.strip(),) for line in results.building]
    return Table(title="the building", header=("what was simulated behind the points",), rows=rows)


def _shown(value: Value | None) -> Shown:
    """Return a value as a picture has it: numbers, states and words."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return format_value(value)
