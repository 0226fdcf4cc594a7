"""What devices made of the numbers that they were asked for: rounded, converted, held within limits.

A thermostat that counts in whole degrees Fahrenheit is asked for 21.5 °C and shows 21.67. To ask it again at
each firing would change nothing. What it made of a number is known from its answer, or else from its
readings: they came nearer to the number after the command, and stayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from interlock.capabilities import ValueType
from interlock.driver import Target
from interlock.model import Outcome, Point, Quality, Reading, Receipt, Value

_NUMERIC = frozenset({ValueType.INTEGER, ValueType.NUMBER})
_NEAR = 0.05
"""Of a number: so far a device may be off that stores 20.5 as 20, or counts in whole degrees Fahrenheit."""


@dataclass(slots=True)
class _Asked:
    number: float
    at: datetime
    before: float | None
    """What the point showed when it was asked."""
    is_repetition: bool
    shown: float | None = None
    """What the device made of it; None as long as that is not known."""


class Settlements:
    """Knows of each point what it was asked for last, and what its device made of that.

    Only numbers are judged: a switch that shows something else than it was asked for did not do it. What
    shows no movement at all may have been lost, so it is asked again, unless the device itself answered.

    Args:
        targets: What there is; only of points that take numbers is anything noted.
    """

    def __init__(self, targets: Iterable[Target]) -> None:
        self.change_targets(targets)
        self._asked: dict[Point, _Asked] = {}
        self.unjudged: set[Point] = set()
        """Points that were not read since they were asked for something: their next reading tells."""
        self._last: dict[Point, Value] = {}
        self._before: dict[Point, float | None] = {}
        """What points showed when something went to them that is not answered yet."""

    def change_targets(self, targets: Iterable[Target]) -> None:
        """Take note of what these points show from now on."""
        self._judged = {
            each.point for each in targets if each.capability.writable and each.capability.type in _NUMERIC
        }

    def made_of(self, point: Point, value: Value) -> float | None:
        """Return what a device made of a value, where that was asked for last and has stayed so."""
        asked = self._asked.get(point)
        return asked.shown if asked is not None and asked.number == value else None

    def is_rounding(self, point: Point, value: Value, shown: Value) -> bool:
        """Whether a point shows what its device made of a value by rounding it, and no more than that."""
        number, made = _number(value), self.made_of(point, value)
        return number is not None and made is not None and made == shown and _is_near(made, number)

    def send(self, point: Point) -> None:
        """Take note that something goes to a point now: what it shows from now on may come of it."""
        self._before.setdefault(point, _number(self._last.get(point)))

    def note(self, receipt: Receipt) -> None:
        """Take note of what became of a command. One that may not have arrived says nothing."""
        command = receipt.command
        earlier = self._asked.pop(command.point, None)
        self.unjudged.discard(command.point)
        shown = _number(self._last.get(command.point))
        before = self._before.pop(command.point, shown)
        number = _number(command.value)
        if receipt.outcome is not Outcome.ACCEPTED or command.point not in self._judged or number is None:
            return
        asked = _Asked(
            number=number,
            at=receipt.at,
            before=before,
            is_repetition=earlier is not None and earlier.number == number,
            shown=_number(receipt.answer),
        )
        self._asked[command.point] = asked
        self.unjudged.add(command.point)
        # A driver may tell of it before the command is answered.
        if shown is not None and before is not None and _is_nearer(asked, shown, before):
            asked.shown = shown if asked.shown is None else asked.shown

    def see(self, readings: Iterable[Reading]) -> None:
        """Take note of what points show."""
        judged = self._judged
        # Every reading passes here, and nearly all are of points that nobody sets.
        for reading in readings if judged else ():
            point, value = reading.point, reading.value
            if point in judged and reading.quality is Quality.GOOD and value is not None:
                if point in self._asked:
                    self._judge(point, value, reading.observed_at)
                self._last[point] = value

    def forget(self, points: Iterable[Point]) -> None:
        """Forget points that stand for something else now."""
        for point in points:
            self._asked.pop(point, None)
            self._last.pop(point, None)
            self.unjudged.discard(point)

    def _judge(self, point: Point, value: Value, at: datetime) -> None:
        asked, number = self._asked[point], _number(value)
        if number is None or at <= asked.at:
            return
        self.unjudged.discard(point)
        if _has_left(asked, number):
            del self._asked[point]
        elif asked.shown is not None or _was_made(asked, number):
            asked.shown = number


def _has_left(asked: _Asked, number: float) -> bool:
    """Whether a point shows what its device did not make of the number: somebody else was there."""
    known = asked.before if asked.shown is None else asked.shown
    return known is not None and number != known and not _is_nearer(asked, number, known)


def _was_made(asked: _Asked, number: float) -> bool:
    """Whether what a point shows, for the first time after the command, is what its device made of it."""
    if asked.before is None:
        return False
    if number != asked.before:
        return True
    return asked.is_repetition and _is_near(number, asked.number)


def _is_near(shown: float, asked: float) -> bool:
    return abs(shown - asked) <= _NEAR * abs(asked)


def _is_nearer(asked: _Asked, number: float, known: float) -> bool:
    return abs(number - asked.number) < abs(known - asked.number)


def _number(value: Value | None) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
