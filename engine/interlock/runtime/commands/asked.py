"""Commands that claim something and have no receipt yet: who asked is told what becomes of the claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from interlock.model import Origin, Outcome, Point
from interlock.rules.claims import Claim, named
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.commands.orders import Order
from interlock.runtime.commands.wishes import NEWER


class Asked:
    """The commands of a site that hold something, and have not been answered.

    Args:
        dispatcher: Answers.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._orders: defaultdict[Point, list[Order]] = defaultdict(list)

    def add(self, order: Order) -> None:
        """Take in a command, in place of what its owner asked of the point before."""
        asked = self._orders[order.command.point]
        for older in [each for each in asked if _owner(each) == _owner(order)]:
            asked.remove(older)
            self._dispatcher.answer(older, Outcome.OUTRANKED, NEWER)
        asked.append(order)

    def pop_for(self, winner: Claim) -> Order | None:
        """Return the command that claimed what wins, if it was not answered yet."""
        asked = self._orders.get(winner.point, [])
        for order in asked:
            if _owner(order) == named(winner.owner) and order.command.value == winner.value:
                asked.remove(order)
                return order
        return None

    def pop_all(self, point: Point) -> Iterable[Order]:
        """Return every command that waits for an answer at a point."""
        return self._orders.pop(point, ())


def _owner(order: Order) -> Origin:
    return named(order.command.origin)
