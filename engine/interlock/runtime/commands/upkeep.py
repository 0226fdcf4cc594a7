"""Keeps what wins on each claimed point where it is: when it must be written, again, or is a hand's."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.clock import Clock
from interlock.config.guards import Hands
from interlock.config.site import Site
from interlock.driver import Target
from interlock.model import Command, Outcome, Point, Quality, Reading, Receipt, Value
from interlock.rules.claims import Claim
from interlock.rules.state import State
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.commands.readback import Finding, ReadBack
from interlock.virtual import is_virtual

MANUAL_HOLD = timedelta(hours=2)
"""How long what a hand did is left alone where the site does not say."""
_SETTLE = timedelta(seconds=30)
_POLLS_TO_SETTLE = 2
_FIRST_READING = timedelta(minutes=1)
"""So long after a start a point is given to be read before it is written all the same."""
_BURST, _BURST_TIME = 20, timedelta(seconds=1)
"""More often nothing is written: two rules that undo each other would never come to an end."""
_NO_HANDS = Hands()


@dataclass(slots=True, kw_only=True)
class Place:
    """What is known of a point that is kept."""

    target: Target
    back: ReadBack
    decided: Value | None = None
    """What won when it was written or found there last."""
    sent: str = ""
    """The id of the command that was sent last."""
    is_kept: bool = False
    """Whether somebody claims it, or did since the start."""
    written: deque[datetime] = field(default_factory=lambda: deque(maxlen=_BURST))


class Upkeep:
    """The points that are kept, or whose hands are watched.

    Args:
        site: Whose points they are.
        state: What is known.
        dispatcher: Knows what is on its way.
        clock: Wall or virtual time.
        dry_run: Nothing is sent, so that nothing can be read back.
    """

    def __init__(
        self, site: Site, state: State, dispatcher: Dispatcher, clock: Clock, *, dry_run: bool
    ) -> None:
        self._site = site
        self._state = state
        self._dispatcher = dispatcher
        self._clock = clock
        self._dry_run = dry_run
        self._began = clock.now()
        self._places: dict[Point, Place] = {}

    def change(self, site: Site, others: Iterable[Point], now: datetime) -> None:
        """Go on with an edited site, in which some points stand for something else."""
        self._site = site
        self._places = {point: each for point, each in self._places.items() if point in site.targets}
        for point, place in self._places.items():
            place.target, place.back.settle = site.targets[point], self.settle_of(point)
        self.doubt(others, now)

    @property
    def points(self) -> frozenset[Point]:
        """The points that are kept or watched."""
        return frozenset(self._places)

    @property
    def count(self) -> int:
        """How many points that are."""
        return len(self._places)

    def watches(self, point: Point) -> bool:
        """Whether a point is kept or watched."""
        return point in self._places

    def place(self, point: Point) -> Place:
        """Return what is known of a point, which is watched from now on."""
        if point not in self._places:
            target = self._site.targets[point]
            self._places[point] = Place(target=target, back=ReadBack(settle=self.settle_of(point)))
        return self._places[point]

    def begin(self, point: Point, since: datetime) -> None:
        """Take a point over from an earlier run of the service: its first reading tells how it stands."""
        place = self.place(point)
        place.is_kept = True
        place.back.doubt(since)

    def settle_of(self, point: Point) -> timedelta:
        """Return how long readings of a point may lag behind its commands."""
        target = self._site.targets[point]
        settle = self._hands(point).settle
        if settle is not None:
            return settle
        connection = self._site.connections.get(target.device.connection)
        poll = target.device.settings.poll or (connection.settings.poll if connection else None)
        return max(_SETTLE, poll * _POLLS_TO_SETTLE) if poll else _SETTLE

    def hold_of(self, point: Point) -> timedelta:
        """Return how long what a hand does at a point is left alone."""
        hold = self._hands(point).manual_hold
        return MANUAL_HOLD if hold is None else hold

    def _hands(self, point: Point) -> Hands:
        return self._site.hands.get(point.device, _NO_HANDS)

    def doubt(self, points: Iterable[Point], since: datetime) -> None:
        """Take in that nothing is known of points since an instant, because they were away."""
        for point in points:
            if place := self._places.get(point):
                place.back.doubt(since)
                place.back.is_missing = not place.target.capability.readable

    def shift(self, by: timedelta) -> None:
        """Take in that the clock was set: lengths of time go on."""
        self._began += by
        for place in self._places.values():
            place.back.shift(by)
            place.written = deque((each + by for each in place.written), maxlen=_BURST)

    def see(self, reading: Reading) -> None:
        """Take in a reading of a watched point: one that is not good makes everything doubtful."""
        if reading.quality is Quality.FAULT or reading.quality is Quality.STALE:
            self.doubt([reading.point], reading.at)

    def read_back(self, point: Point) -> Value | None:
        """Compare a point with what was sent to it; return what a hand set it to, if one did."""
        place, reading = self._places.get(point), self._state.reading(point)
        if place is None or self._is_dry(place) or reading is None or reading.quality is not Quality.GOOD:
            return None
        value, at = reading.value, reading.observed_at
        if value is None or not self._dispatcher.is_read_since(reading):
            return None
        now = self._clock.now()
        if at > now and not self._dispatcher.is_told(point):
            # The clock was set back since; the next poll tells.
            return None
        # What is told stands until something else is told; what is polled is asked for again.
        until = now if self._dispatcher.is_told(point) else at
        if place.back.look(value, at, until) is not Finding.HAND:
            return None
        if is_virtual(place.target):
            place.back.is_missing = True
            return None
        return value

    def is_due(self, claim: Claim) -> bool:
        """Whether what wins on a point must be written now, or when `again_at` says."""
        place, now = self.place(claim.point), self._clock.now()
        if not self.is_decided(claim):
            if self._shows(claim):
                self.adopt(claim.point, claim.value)
                return False
            return not self._is_unread(place)
        if self._is_dry(place) or self._dispatcher.is_on_its_way(claim.point):
            return False
        if not (place.back.is_missing or (place.back.losses and not self._is_good(claim.point))):
            return False
        return place.back.again_at is None or now >= place.back.again_at

    def wakes_at(self, point: Point) -> datetime | None:
        """Return when time alone may change what is to be done about a point; None for never."""
        place, now = self._places.get(point), self._clock.now()
        if place is None:
            return None
        unread = self._began + _FIRST_READING if self._is_unread(place) else None
        instants = (place.back.settles_at, place.back.again_at, unread, self._pause_ends(place))
        return min((each for each in instants if each is not None and each > now), default=None)

    def is_hasty(self, point: Point) -> bool:
        """Whether a point was written so often in the last second that it has to wait."""
        return self._pause_ends(self.place(point)) is not None

    def _pause_ends(self, place: Place) -> datetime | None:
        written, now = place.written, self._clock.now()
        if len(written) < _BURST or now - written[0] >= _BURST_TIME:
            return None
        return written[0] + _BURST_TIME

    def is_seen(self, claim: Claim) -> bool:
        """Whether what wins is there, as far as that can be known."""
        return self.is_decided(claim) and self.place(claim.point).back.is_there

    def is_settled(self, point: Point, winner: Claim | None) -> bool:
        """Whether another reading of a point says nothing here, as long as it shows what the last one did."""
        place = self._places.get(point)
        if place is None:
            return True
        if winner is not None and not self.is_decided(winner):
            return False
        return place.back.value is None or (place.back.is_there and self._is_shown(place.back.value, point))

    def _is_shown(self, value: Value, point: Point) -> bool:
        """Whether a good reading, from after all commands, shows what was sent to a point last."""
        reading = self._state.reading(point)
        if reading is None or reading.quality is not Quality.GOOD or reading.value is None:
            return False
        is_read = self._dispatcher.is_read_since(reading)
        return is_read and self.place(point).back.shows(reading.value, value)

    def is_decided(self, claim: Claim) -> bool:
        """Whether what wins was written, or found there."""
        decided = self.place(claim.point).decided
        return decided is not None and _is_same(decided, claim.value)

    def is_meant(self, point: Point, value: Value, shown: Value) -> bool:
        """Whether what a point shows is a value, or what its device makes of that."""
        return shown in (value, self.place(point).back.made_of(value))

    def adopt(self, point: Point, value: Value) -> None:
        """Take what a point shows for what was decided."""
        place = self.place(point)
        place.decided = value
        place.back.adopt(value)

    def forget_decision(self, point: Point) -> None:
        """Let what wins next be written, whatever was decided before."""
        if place := self._places.get(point):
            place.decided = None

    def sent(self, command: Command, claim: Claim | None) -> None:
        """Take in that a command is on its way, where its point is watched."""
        point, value = command.point, command.value
        explicit = self._hands(point).manual_hold
        if value is None or (claim is None and point not in self._places and not explicit):
            return
        place, now = self.place(point), self._clock.now()
        place.sent = command.id
        place.written.append(now)
        if claim is not None:
            place.decided = claim.value
        place.back.sent(value, self._state.values.get(point), now)

    def received(self, receipt: Receipt) -> bool:
        """Take in what became of a command; return whether it was the last one for a watched point."""
        place = self._places.get(receipt.command.point)
        if place is None or place.sent != receipt.command.id:
            return False
        match receipt.outcome:
            case Outcome.ACCEPTED | Outcome.SUPPRESSED:
                place.back.taken(receipt.at, is_readable=place.target.capability.readable)
            case Outcome.REFUSED | Outcome.FAILED | Outcome.UNCERTAIN:
                place.back.failed(receipt.at, is_final=receipt.outcome is Outcome.REFUSED)
        return True

    def of_connection(self, connection: str) -> Iterable[Point]:
        """Return the watched points of a connection."""
        return [
            point for point, place in self._places.items() if place.target.device.connection == connection
        ]

    def _shows(self, claim: Claim) -> bool:
        """Whether a good reading, from after all commands, shows what is wanted."""
        reading, made = self._state.reading(claim.point), self._dispatcher.settlements.made_of
        if reading is None or reading.quality is not Quality.GOOD or reading.value is None:
            return False
        if not self._dispatcher.is_read_since(reading):
            return False
        return _is_same(reading.value, claim.value) or reading.value == made(claim.point, claim.value)

    def _is_unread(self, place: Place) -> bool:
        """Whether a point that can be read was not read yet, and may be soon."""
        point, now = place.target.point, self._clock.now()
        is_early = now < self._began + _FIRST_READING
        return is_early and place.target.capability.readable and self._state.reading(point) is None

    def _is_dry(self, place: Place) -> bool:
        """Whether nothing is sent to a point, so that nothing can be read back."""
        return self._dry_run and not is_virtual(place.target)

    def _is_good(self, point: Point) -> bool:
        reading = self._state.reading(point)
        return reading is not None and reading.quality is Quality.GOOD


def _is_same(one: Value, other: Value) -> bool:
    return one == other and isinstance(one, bool) is isinstance(other, bool)
