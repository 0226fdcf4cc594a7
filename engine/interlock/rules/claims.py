"""Claims on points: who wants which value, how strongly, since when; as in BACnet's priority array."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from interlock.model import DEFAULT_PRIORITY, Origin, Point, Value

INTERLOCK_PRIORITY = 5
"""Critical equipment control: what an interlock's ``instead`` is kept at."""
GUARD_PRIORITY = 6
"""Minimum on/off: what guards stand at. Claims stronger than this pass them."""
MANUAL_PRIORITY = 8
"""Manual operator: what hands and ``interlock override`` claim at."""

PRIORITY_NAMES = {
    "manual_life_safety": 1,
    "automatic_life_safety": 2,
    "critical_equipment": INTERLOCK_PRIORITY,
    "minimum_on_off": GUARD_PRIORITY,
    "manual_operator": MANUAL_PRIORITY,
    "default": DEFAULT_PRIORITY,
}
"""The customary names of priorities, ASHRAE 135 clause 19.2, as rules write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A value that somebody holds a point at. An owner has one claim on a point at most."""

    point: Point
    value: Value
    priority: int
    """1 is the strongest, 16 the weakest."""
    owner: Origin
    since: datetime
    """UTC. Among claims of one priority the newest wins, then the owner's name."""
    until: datetime | None = None
    """UTC; None where it stands until it is released."""


class Claims:
    """The priority arrays of a site's points: it says what stands, and does nothing about it."""

    def __init__(self, claims: Iterable[Claim] = ()) -> None:
        self._arrays: dict[Point, dict[Origin, Claim]] = {}
        self._points: dict[Origin, set[Point]] = {}
        """What each owner claims something of: one of thousands asks again and again."""
        for claim in claims:
            self.put(claim)

    @property
    def points(self) -> frozenset[Point]:
        """The points that somebody claims."""
        return frozenset(self._arrays)

    def array(self, point: Point) -> tuple[Claim, ...]:
        """Return who wants what of a point, the strongest first."""
        return tuple(sorted(self._arrays.get(point, {}).values(), key=rank))

    def winner(self, point: Point) -> Claim | None:
        """Return the claim that decides on a point; None where nobody claims it."""
        return min(self._arrays.get(point, {}).values(), key=rank, default=None)

    def get(self, point: Point, owner: Origin) -> Claim | None:
        """Return what an owner claims of a point."""
        return self._arrays.get(point, {}).get(named(owner))

    def held_by(self, owner: Origin) -> tuple[Claim, ...]:
        """Return every claim of an owner, by the names of the points."""
        who = named(owner)
        return tuple(self._arrays[point][who] for point in sorted(self._points.get(who, ())))

    def put(self, claim: Claim) -> None:
        """Let a claim stand, in place of what its owner claimed of the point before."""
        who = named(claim.owner)
        self._arrays.setdefault(claim.point, {})[who] = claim
        self._points.setdefault(who, set()).add(claim.point)

    def drop(self, claim: Claim) -> None:
        """Let a claim stand no more."""
        point, who = claim.point, named(claim.owner)
        array, points = self._arrays.get(point, {}), self._points.get(who, set())
        array.pop(who, None)
        points.discard(point)
        if not array:
            self._arrays.pop(point, None)
        if not points:
            self._points.pop(who, None)


def named(owner: Origin) -> Origin:
    """Return who somebody is, whichever firing it was: an owner has one claim on a point."""
    return Origin(owner.kind, owner.name) if owner.firing else owner


def rank(claim: Claim) -> tuple[int, float, str, str]:
    """Return what puts claims in order, the strongest first, whatever order they came in."""
    return claim.priority, -claim.since.timestamp(), claim.owner.kind.value, claim.owner.name
