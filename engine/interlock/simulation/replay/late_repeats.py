"""Commands that were sent anew, maybe hours later, because the device was away and did not keep what it had.

A replay as recorded has no cause to: there nothing is sent, so that nothing can be found lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from interlock.config.site import Site
from interlock.history.claims import PastClaim
from interlock.history.recording import Recording
from interlock.model import Point
from interlock.rules.claims import named
from interlock.simulation.replay.sendings import Sending, is_alike

_SOON = timedelta(seconds=1)
"""A claim stands at most so much later than the command that made it."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A command, and the one before it for its point that says the same for a claim that stood since."""

    before: Sending
    one: Sending


def late_repeats(
    missing: Iterable[Sending], sent: Iterable[Sending], journal: Recording, site: Site
) -> frozenset[str]:
    """Return the ids of the missing commands that only put back what a device that was away had lost.

    Args:
        missing: Those that a replay does not send.
        sent: All that were sent from some time before them on, in the order of time.
        journal: Tells which claims stood, and what was away.
        site: Tells which connection a point is on.
    """
    sendings, ids = list(sent), {each.command.id for each in missing}
    if not ids or not sendings:
        return frozenset()
    claims = journal.claims(sendings[0].command.created_at, sendings[-1].command.created_at)
    pairs = (each for each in _pairs(sendings, claims) if each.one.command.id in ids)
    return frozenset(each.one.command.id for each in pairs if _was_away(each, journal, site))


def _pairs(sendings: Iterable[Sending], claims: Iterable[PastClaim]) -> Iterator[_Pair]:
    by_point: defaultdict[Point, list[PastClaim]] = defaultdict(list)
    for each in claims:
        by_point[each.claim.point].append(each)
    last: dict[Point, Sending] = {}
    for one in sendings:
        before, last[one.point] = last.get(one.point), one
        if before is not None and is_alike(one, before) and _stood(by_point[one.point], before, one):
            yield _Pair(before, one)


def _stood(claims: Sequence[PastClaim], before: Sending, one: Sending) -> bool:
    return any(
        named(each.claim.owner) == named(one.command.origin)
        and each.claim.since <= before.command.created_at + _SOON
        and (each.ended_at is None or each.ended_at > one.command.created_at)
        for each in claims
    )


def _was_away(pair: _Pair, journal: Recording, site: Site) -> bool:
    """Whether a point could not be read, or its connection was lost, between two commands."""
    point, start, end = pair.one.point, pair.before.at, pair.one.at
    connection = site.targets[point].device.connection
    with closing(journal.readings(start, end, [point])) as readings:
        is_unread = any(not reading.is_usable for _, reading in readings)
    return is_unread or connection in {each.connection for each in journal.events(start, end)}
