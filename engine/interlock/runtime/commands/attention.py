"""Which points arbitration has to hear of: not every reading of every one says something there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from interlock.model import Point
from interlock.runtime.commands.gate import Gate
from interlock.runtime.commands.passage import Passage
from interlock.runtime.commands.register import Register
from interlock.runtime.commands.upkeep import Upkeep


class Attention:
    """The points that are watched because somebody claims, guards or locks them.

    Args:
        gate, upkeep, claims, passage: Know what they wait for.
        notice: Learns that other points have to be read.
    """

    def __init__(
        self, gate: Gate, upkeep: Upkeep, claims: Register, passage: Passage, notice: Callable[[], None]
    ) -> None:
        self._gate = gate
        self._upkeep = upkeep
        self._claims = claims
        self._passage = passage
        self._notice = notice
        self.watched: frozenset[Point] = gate.points
        """The points whose readings say something here."""
        self._count = 0
        """How many points were kept when that was found out."""
        self.attended: set[Point] = set(self.watched)
        """Those of them of which each reading says something, also where it shows what the last one did."""
        self._settled: set[Point] = set()
        """The others: they are as they are to be, and whatever is done about one takes it out of here."""

    @property
    def needed(self) -> frozenset[Point]:
        """Every point that must be read for what is claimed, guarded and locked."""
        return self._gate.points | self._upkeep.points | self._claims.points

    def watch(self) -> None:
        """Find out what is to be watched now."""
        self.watched, self._count = self.needed, self._upkeep.count
        self.attended = set(self.watched - self._settled)
        self._notice()

    def watch_new(self) -> None:
        """Have points read that are watched since this round."""
        if self._upkeep.count != self._count:
            self.watch()

    def attend(self, points: Iterable[Point]) -> None:
        """Find out whether further readings of these points say anything, as long as they show the same."""
        for point in points:
            winner, waits = self._claims.winner(point), self._passage.waiting(point) is not None
            if waits or not self._gate.is_settled(point) or not self._upkeep.is_settled(point, winner):
                self._settled.discard(point)
                if point in self.watched:
                    self.attended.add(point)
            else:
                self._settled.add(point)
                self.attended.discard(point)

    def unsettle(self) -> None:
        """Take no point for settled: the site was edited."""
        self._settled.clear()
        self.attended = set(self.watched)
