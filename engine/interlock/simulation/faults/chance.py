"""``random``: faults of all kinds, now and then, drawn from the seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from interlock.model import Point
from interlock.rules.rule_points import commanded_points, read_points
from interlock.service.loading import Loaded
from interlock.simulation.faults.fault import SERVICE, Fault, Kind
from interlock.simulation.faults.recurrence import Once, Paced, Stretch
from interlock.simulation.faults.words import Words
from interlock.virtual import is_virtual

RANDOM = "random"
_EVERY = timedelta(days=3)
_INSTANT = timedelta(seconds=1)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_LENGTHS: Mapping[Kind, tuple[timedelta, timedelta]] = {
    Kind.OFFLINE: (10 * _MINUTE, 3 * _HOUR),
    Kind.SLOW: (10 * _MINUTE, _HOUR),
    Kind.UNAVAILABLE: (30 * _MINUTE, 24 * _HOUR),
    Kind.DEAF: (30 * _MINUTE, 6 * _HOUR),
    Kind.STUCK: (_HOUR, 12 * _HOUR),
    Kind.DOWN: (_MINUTE, 10 * _MINUTE),
}
"""Between which lengths each kind lasts."""
_SLOWEST_S = 20


def read_random(words: Words, loaded: Loaded, within: Stretch, dice: random.Random) -> Sequence[Fault]:
    """Return faults that are drawn: one in each three days, or as often as the words say.

    Raises:
        ValueError: the words mean something else.
    """
    every = words.length("how often they come") if words.skip("every") else _EVERY
    words.end("every")
    if every < _HOUR:
        raise ValueError("random faults come every hour at most")
    drawn = Paced(length=_INSTANT, every=every).spans(within, dice)
    return [_drawn(begins, loaded, dice) for begins, _ in drawn]


def _drawn(begins: datetime, loaded: Loaded, dice: random.Random) -> Fault:
    victims = _victims(loaded)
    kind = dice.choice([each for each in _LENGTHS if victims[each]])
    what = dice.choice(victims[kind])
    shortest, longest = _LENGTHS[kind]
    length = shortest + dice.randint(0, (longest - shortest) // _MINUTE) * _MINUTE
    return Fault(
        text=RANDOM,
        kind=kind,
        what=what,
        points=(Point(what),) if what in loaded.site.targets else (),
        lateness=timedelta(seconds=dice.randint(1, _SLOWEST_S)) if kind is Kind.SLOW else timedelta(),
        when=Once(begins, begins + length),
    )


def _victims(loaded: Loaded) -> Mapping[Kind, Sequence[str]]:
    """Return what each kind can strike: what rules read or command, so that they feel it."""
    connections = sorted(loaded.site.connections)
    read = [point for point in read_points(loaded.rules) if _is_real(point, loaded)]
    commanded = [point for point in commanded_points(loaded.rules) if _is_real(point, loaded)]
    return {
        Kind.OFFLINE: connections,
        Kind.SLOW: connections,
        Kind.UNAVAILABLE: read,
        Kind.STUCK: read,
        Kind.DEAF: commanded,
        Kind.DOWN: [SERVICE],
    }


def _is_real(point: Point, loaded: Loaded) -> bool:
    target = loaded.site.targets.get(point)
    return target is not None and not is_virtual(target)
