"""What the journal knows of points, given to a run that begins, or that has begun without it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.clock import Clock
from interlock.driver import Target
from interlock.errors import JournalError
from interlock.history.journal import Journal
from interlock.model import Command, Point, Reading
from interlock.rules.rule import Rule
from interlock.rules.state import State
from interlock.runtime.commands.dispatcher import Dispatcher, assumed
from interlock.virtual import ScheduleSettings, is_virtual

log = logging.getLogger("interlock.engine")

_REMEMBERED = timedelta(days=1)
"""Firings of so long ago are known at a start, besides the last one of each rule."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What points were in the run before that nothing newer is known of."""

    virtual: Sequence[Reading]
    """What virtual points held."""
    held: list[Reading]
    """What is assumed of points whose devices tell nothing."""


async def recall_points(
    journal: Journal,
    targets: Mapping[Point, Target],
    needed: Collection[Point],
    *,
    state: State,
    dispatcher: Dispatcher,
    note: Callable[[Command], None],
) -> Recalled:
    """Let a state remember what points were; nothing that was read or commanded since counts less.

    Args:
        journal: Knows it.
        targets: Of the site.
        needed: The points whose values somebody needs.
        state: Is given it.
        dispatcher: Knows what was commanded since.
        note: Takes the last command of each point.

    Raises:
        JournalError: it cannot be read.
    """
    held = {point for point, target in targets.items() if target.capability.is_assumed}
    virtual = {point for point, target in targets.items() if is_virtual(target)}
    known = [
        each
        for each in await journal.load_known(held.union(virtual, needed))
        if dispatcher.origin_of(each.point) is None
    ]
    state.remember(each for each in known if state.reading(each.point) is None)
    for command in await journal.load_commands(needed):
        if dispatcher.origin_of(command.point) is None:
            note(command)
    return Recalled(
        virtual=[each for each in known if each.point in virtual],
        held=[
            assumed(each.point, each.value, each.observed_at)
            for each in known
            if each.point in held and state.reading(each.point) is None
        ],
    )


def is_to_come(targets: Mapping[Point, Target], dispatcher: Dispatcher, point: Point) -> bool:
    """Whether the journal alone knows what a point holds: a virtual one that nobody has commanded since.

    Where the journal is late it holds meanwhile what it begins with. A schedule goes by the clock.
    """
    target = targets.get(point)
    if target is None or not is_virtual(target) or isinstance(target.device.settings, ScheduleSettings):
        return False
    return dispatcher.origin_of(point) is None


async def fetch_past(
    journal: Journal, clock: Clock, state: State, windows: Mapping[Point, timedelta]
) -> None:
    """Let a state have the past of points that rules look back on now and did not before."""
    await journal.commit()
    now = clock.now()
    try:
        past = await journal.load_samples({point: now - window for point, window in windows.items()})
    except JournalError as error:
        log.warning("%s: rules look back on what comes from now on", error)
        return
    state.fill_past(past)


def remembered_since(rules: Iterable[Rule], now: datetime, last_seen: datetime | None) -> datetime:
    """Return since when firings must be known; a clock that starts in 1970 must not bring them all."""
    periods = (rule.limit.period for rule in rules if rule.limit)
    return max(now, last_seen or now) - max((_REMEMBERED, *periods))
