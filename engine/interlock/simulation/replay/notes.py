"""What a replay goes by, in sentences that whoever reads its result must know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.durations import format_duration
from interlock.model import Point
from interlock.rules.instants import shown_locally
from interlock.rules.rule import Mode
from interlock.rules.rule_points import commanded_points, read_points
from interlock.service.loading import Loaded
from interlock.simulation.replay.limits import limits_of, named, unrecorded
from interlock.simulation.replay.playing import Own, Span
from interlock.simulation.replay.record import Record
from interlock.virtual import is_virtual

_WORTH_SAYING = timedelta(minutes=1)
"""Shorter times without a service are restarts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What is to be said of a replay besides what it came to."""

    followed: Sequence[Point]
    """The points that rules command, and whose readings something goes by."""
    zones: Sequence[Point]
    """The points that showed what a building made of that."""
    repetitions: int
    """How many commands are left out because they only repeat others."""
    shadows: int
    """How many, because they are of the shadow."""


def notes_of(rules: Loaded, record: Record, span: Span, own: Own, aside: Aside) -> Iterator[str]:
    """Yield the sentences, the most important first.

    Args:
        rules: The site with the rules that were replayed.
        record: What it was played from.
        span: From when to when.
        own: What points showed that commands would have changed.
        aside: What else is to be said.
    """
    yield _own(own, aside.followed, aside.zones)
    if virtual := [point for point in commanded_points(rules.rules) if _is_virtual(rules, point)]:
        yield f"The site's own points follow the replay: {named(virtual)}."
    yield _beginning(record, span, rules.site.timezone)
    yield from _sources(record)
    yield from _rests(record, span)
    yield from _edits(record, span, rules.site.timezone)
    yield from limits_of(rules.rules)
    if own is Own.AS_RECORDED:
        yield from _hands(rules)
    known = frozenset(point for point in rules.site.targets if _is_virtual(rules, point))
    own_points = frozenset(commanded_points(rules.rules)) if own is Own.PLANT else frozenset[Point]()
    yield from unrecorded(rules.rules, record.points | own_points, known)
    if record.strangers:
        yield f"Readings of points that the site does not have are left out: {named(record.strangers)}."
    if aside.repetitions:
        yield f"Commands that only repeat one that had not come about are left out: {aside.repetitions}."
    if aside.shadows:
        yield f"Commands of rules in the shadow are left out: {aside.shadows}."


def followed_points(sites: Sequence[Loaded], record: Record) -> Sequence[Point]:
    """Return the devices' points that rules of any of these command and whose readings something goes by."""
    return sorted({point for loaded in sites for point in _followed(loaded, record)})


def _followed(loaded: Loaded, record: Record) -> Iterator[Point]:
    active = [rule for rule in loaded.rules if rule.mode is not Mode.OFF]
    for point in commanded_points(active):
        is_readable = loaded.site.targets[point].capability.readable and not _is_virtual(loaded, point)
        if is_readable and (point in record.points or point in read_points(active)):
            yield point


def _is_virtual(rules: Loaded, point: Point) -> bool:
    target = rules.site.targets.get(point)
    return target is not None and is_virtual(target)


def _own(own: Own, followed: Sequence[Point], zones: Sequence[Point]) -> str:
    which = f": {named(followed)}" if followed else ""
    if own is Own.PLANT:
        rest = (
            f"Temperatures are those of the site's plant, in its own weather: {named(zones)}. The rest is as "
            "recorded."
            if zones
            else "Everything else is as recorded: the site describes no plant with temperatures."
        )
        return (
            "Points that rules command hold what the replay last commanded, or what somebody else made of "
            f"them then{which}. {rest}"
        )
    return (
        "Readings are as recorded, also of points that rules command, whatever the replay would have made of "
        f"them{which}; with --own plant they follow it. What hands and operators did is as recorded too."
    )


def _beginning(record: Record, span: Span, zone: ZoneInfo) -> str:
    beginning = record.beginning(span.warm_from)
    if beginning.is_first:
        return "Rules begin as at the first start of the service, which the record holds."
    at, ahead = local(span.warm_from, zone), format_duration(span.start - span.warm_from)
    return (
        f"Rules begin {ahead} earlier, at {at}, so that they know what they would have known; "
        "what was true already then fires nothing."
    )


def _hands(rules: Loaded) -> Iterator[str]:
    taken_back = [name for name, hands in rules.site.hands.items() if hands.manual_hold == timedelta()]
    if taken_back:
        yield f"Hands that 'manual_hold: 0' takes back at once are not noticed: {named(sorted(taken_back))}."


def _sources(record: Record) -> Iterator[str]:
    if record.of_tables:
        yield f"Readings from files: {named(sorted(record.of_tables))}."
    if record.of_devices:
        yield f"Readings that were fetched from devices: {named(sorted(record.of_devices))}."


def _rests(record: Record, span: Span) -> Iterator[str]:
    rests = [
        each for each in record.rests_in(span.start, span.end) if each.ends - each.begins >= _WORTH_SAYING
    ]
    if rests:
        total = sum((each.ends - each.begins).total_seconds() for each in rests) / 3600
        times = "once" if len(rests) == 1 else f"{len(rests)} times"
        yield f"No service ran for {total:.1f} h in all, {times}: rules rest then, as after a power cut."


def _edits(record: Record, span: Span, zone: ZoneInfo) -> Iterator[str]:
    edits = record.journal.reloads(span.start, span.end) if record.journal else ()
    if edits:
        times = named(list(dict.fromkeys(local(each.at, zone) for each in edits)))
        yield f"The site was edited while it ran, and is replayed as it is now all the time: {times}."


def local(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the site's date and time, with its offset where that comes twice."""
    return shown_locally(instant, zone, "%Y-%m-%d %H:%M")
