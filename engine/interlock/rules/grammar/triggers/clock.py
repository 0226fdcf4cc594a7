"""From the YAML of triggers on the clock and the sun to triggers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from interlock.capabilities import ValueType
from interlock.config.nodes import Node
from interlock.config.validation import validate
from interlock.durations import format_duration
from interlock.errors import Severity
from interlock.model import Point
from interlock.rules.dates import Once, parse_date
from interlock.rules.days import EVERY_DAY, DayChoice, HolidayChoice
from interlock.rules.grammar.amounts import names_point
from interlock.rules.grammar.context import items, meant, shown
from interlock.rules.grammar.triggers.shapes import (
    AtShape,
    ClockShape,
    CronShape,
    DateShape,
    DaysShape,
    ElevationShape,
    EveryShape,
    HeightShape,
    SunShape,
)
from interlock.rules.grammar.triggers.source import Source
from interlock.rules.schedule import At, Cron, Every, Schedule, next_run, parse_days, parse_time
from interlock.rules.spread import Kept, Missed, Spread
from interlock.rules.sun_schedule import Sun
from interlock.rules.triggers import FollowTrigger, TimeTrigger, Trigger
from interlock.sun import HORIZON, TWILIGHTS, Direction, Passage, Turn

_HOLD_TIMES = frozenset({ValueType.TEXT, ValueType.CHOICE, ValueType.INSTANT, ValueType.DURATION})
_ANY_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
"""The sun does the same each year."""

EVENTS: Mapping[str, Passage | Turn] = MappingProxyType(
    {
        "sunrise": Passage(HORIZON, Direction.RISING),
        "sunset": Passage(HORIZON, Direction.SETTING),
        "noon": Turn.NOON,
        "midnight": Turn.MIDNIGHT,
        "dawn": Passage(TWILIGHTS["civil"], Direction.RISING),
        "dusk": Passage(TWILIGHTS["civil"], Direction.SETTING),
        **{
            f"{name}_{word}": Passage(height, direction)
            for name, height in TWILIGHTS.items()
            if name != "civil"
            for word, direction in (("dawn", Direction.RISING), ("dusk", Direction.SETTING))
        },
    }
)
"""What ``sun`` can name."""


def read_every(source: Source) -> Trigger | None:
    """Return the trigger of ``every``."""
    shape = validate(EveryShape, source.node, source.context.problems)
    if shape is None:
        return None
    entries = source.entries
    every = source.made(entries["every"], lambda: Every(shape.every))
    if every and "offset" in entries:
        every = source.made(entries["offset"], lambda: Every(shape.every, shape.offset))
    if every and shape.jitter >= shape.every:
        longest = format_duration(shape.every)
        source.report(entries["jitter"], f"a jitter is shorter than the interval, which is {longest}")
        return None
    return _timed(source, "every", shape, every)


def read_cron(source: Source) -> Trigger | None:
    """Return the trigger of ``cron``."""
    shape = validate(CronShape, source.node, source.context.problems)
    if shape is None:
        return None
    cron = source.made(source.entries["cron"], lambda: Cron(" ".join(shape.cron.split())))
    return _timed(source, "cron", shape, cron)


def read_date(source: Source) -> Trigger | None:
    """Return the trigger of ``date``; one that is past is a warning."""
    shape = validate(DateShape, source.node, source.context.problems)
    walls = source.each(source.entries["date"], parse_date) if shape else None
    if shape is None or walls is None:
        return None
    _warn_of_past(source, walls)
    return _timed(source, "date", shape, Once(tuple(sorted(set(walls)))))


def _warn_of_past(source: Source, walls: list[datetime]) -> None:
    now, zone = source.context.now, source.context.site.timezone
    for item, wall in zip(items(source.entries["date"]), walls, strict=True):
        if now is not None and next_run(Once((wall,)), zone, now) is None:
            message = f"{shown(item)} is past: the trigger does not come any more"
            source.context.problems.append(item.mark.diagnostic(message, severity=Severity.WARNING))


def read_at(source: Source) -> Trigger | None:
    """Return the trigger of ``at``: times, or points that hold some."""
    shape = validate(AtShape, source.node, source.context.problems)
    if shape is None:
        return None
    node = source.entries["at"]
    points = [item for item in items(node) if names_point(source.context, item)]
    times = source.each(node, parse_time) if not points else _times(source, node)
    days, found = _days(source, shape), _points(source, points)
    if times is None or days is None or found is None:
        return None
    at = tuple(sorted(set[time](times)))
    if not points:
        return _timed(source, "at", shape, At(at, days.weekdays, days.holidays))
    return FollowTrigger(
        id=shape.id,
        text=source.text("at"),
        points=found,
        times=at,
        days=days.weekdays,
        holidays=days.holidays,
        jitter=shape.jitter,
        salt=_salt(source, "at"),
        missed=_missed(shape),
    )


def _times(source: Source, node: Node) -> list[time] | None:
    plain = [item for item in items(node) if not names_point(source.context, item)]
    found = [source.each(item, parse_time) for item in plain]
    return None if None in found else [each for group in found if group for each in group]


def _points(source: Source, nodes: list[Node]) -> tuple[Point, ...] | None:
    """Return points that can hold a time; None after a finding."""
    found: dict[Point, None] = {}
    is_sound = True
    for node in nodes:
        targets = source.context.readables(shown(node), node.mark)
        is_sound = is_sound and bool(targets)
        for target in targets:
            found[target.point] = None
            if target.capability.type not in _HOLD_TIMES:
                source.report(node, f"{target.point} takes {target.capability.allowed}, and no time of day")
                is_sound = False
    return tuple(found) if is_sound else None


def read_sun(source: Source) -> Trigger | None:
    """Return the trigger of ``sun``."""
    shape = validate(SunShape, source.node, source.context.problems)
    if shape is None:
        return None
    if shape.sun not in EVENTS:
        source.report(source.entries["sun"], f"the sun has no '{shape.sun}'", meant(shape.sun, tuple(EVENTS)))
        return None
    return _sun(source, "sun", shape, EVENTS[shape.sun])


def read_elevation(source: Source) -> Trigger | None:
    """Return the trigger of ``elevation``."""
    shape = validate(ElevationShape, source.node, source.context.problems)
    if shape is None:
        return None
    passage = Passage(shape.elevation, Direction(shape.direction), is_refracted=True)
    return _sun(source, "elevation", shape, passage)


def _sun(source: Source, kind: str, shape: HeightShape, event: Passage | Turn) -> Trigger | None:
    place, node, days = source.context.site.location, source.entries[kind], _days(source, shape)
    if place is None:
        hint = "write 'location: {latitude: …, longitude: …}' under 'site'"
        source.report(node, "the site does not say where it stands", hint)
    if shape.not_before and shape.not_after and shape.not_before > shape.not_after:
        source.report(source.entries["not_after"], "this is before 'not_before'")
        return None
    if place is None or days is None:
        return None
    sun = Sun(place, event, shape.offset, shape.not_before, shape.not_after, days)
    if next_run(Sun(place, event), source.context.site.timezone, _ANY_YEAR) is None:
        source.report(node, "it never comes: the sun does not stand so at the place of this site")
        return None
    return _timed(source, kind, shape, sun)


def _days(source: Source, shape: DaysShape) -> DayChoice | None:
    entries, calendar = source.entries, source.context.site.holidays
    days = source.each(entries["days"], parse_days) if "days" in entries else [EVERY_DAY]
    if shape.holidays and calendar is None:
        hint = "write for example 'holidays: IT' under 'site'"
        source.report(entries["holidays"], "the site does not say whose holidays count", hint)
        return None
    if days is None:
        return None
    choice = HolidayChoice(calendar, shape.holidays == "only") if calendar and shape.holidays else None
    return DayChoice(frozenset[int]().union(*days), choice)


def _timed(source: Source, kind: str, shape: ClockShape, schedule: Schedule | None) -> Trigger | None:
    if schedule is None:
        return None
    if shape.jitter > timedelta():
        schedule = Spread(schedule, shape.jitter, _salt(source, kind))
    if missed := _missed(shape):
        schedule = Kept(schedule, missed)
    return TimeTrigger(id=shape.id, text=source.text(kind), schedule=schedule)


def _salt(source: Source, kind: str) -> str:
    return f"{source.context.site.name}/{source.rule}/{source.text(kind)}"


def _missed(shape: ClockShape) -> Missed | None:
    return Missed(shape.missed) if shape.missed else None
