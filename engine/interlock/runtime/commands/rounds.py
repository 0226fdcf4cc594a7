"""What comes in one turn of the event loop, heard as a whole before anything is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from interlock.model import Point
from interlock.runtime.commands.orders import Order
from interlock.runtime.supervision import Supervisor

Decide: TypeAlias = Callable[[Sequence[Order], Iterable[Point]], None]
"""Takes the commands of a round, and the points to be looked at in it."""


class Rounds:
    """Gathers commands and points, and has them decided on together: who came first does not matter.

    Args:
        decide: Decides on a round.
        supervisor: Ends the run where that fails, since nothing would be decided on any more.
    """

    def __init__(self, decide: Decide, supervisor: Supervisor) -> None:
        self._decide = decide
        self._hold_guarded = supervisor.guarded(self._hold, "arbitration")
        self._gathered: list[Order] = []
        self.commanded: set[Point] = set()
        """The points of the commands that are gathered."""
        self._touched: set[Point] = set()
        self._is_called = True
        """Whether a round is to come; at first none, until the service has begun."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to be decided."""
        return not self._is_called

    def begin(self) -> None:
        """Hold rounds from now on, the first one for what came in before."""
        self._is_called = False
        self.call()

    def take(self, order: Order) -> None:
        """Take a command into the round to come."""
        self._gathered.append(order)
        self.commanded.add(order.command.point)
        self.call()

    def look_at(self, points: Iterable[Point]) -> None:
        """Have points looked at in the round to come."""
        self._touched.update(points)
        self.call()

    def call(self) -> None:
        """Let a round begin as soon as all that this turn of the loop has begun was heard."""
        if not self._is_called:
            self._is_called = True
            loop = asyncio.get_running_loop()
            # One turn later: what fires now submits its commands in the next one.
            loop.call_soon(loop.call_soon, self._hold_guarded)

    def close(self) -> None:
        """Decide on what is left."""
        self._hold_guarded()

    def _hold(self) -> None:
        if not self._is_called:
            return
        self._is_called = False
        orders, self._gathered = self._gathered, []
        self.commanded.clear()
        touched, self._touched = self._touched, set()
        self._decide(orders, touched)
