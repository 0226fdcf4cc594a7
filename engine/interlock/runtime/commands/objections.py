"""What speaks against a command after it has passed: the world, or what is wanted, was another meanwhile."""

from __future__ import annotations

from interlock.model import OriginKind
from interlock.rules.claims import named
from interlock.rules.state import State
from interlock.runtime.commands.gate import Gate
from interlock.runtime.commands.orders import Order
from interlock.runtime.commands.register import Register
from interlock.runtime.commands.weighing import Weighing
from interlock.runtime.commands.wishes import is_state, standing


class Objections:
    """Stops commands on their way to their devices.

    Args:
        claims, gate, weighing: What is wanted and what may be.
        state: Has the site's time zone.
    """

    def __init__(self, claims: Register, gate: Gate, weighing: Weighing, state: State) -> None:
        self._claims = claims
        self._gate = gate
        self._weighing = weighing
        self._state = state
        self._stopped: set[str] = set()
        """The ids of commands that had passed and were stopped."""

    def object_to(self, order: Order) -> str:
        """Return why a command that passed must not be sent any more."""
        objection = self._gate.objection(order.command)
        if objection:
            self._stopped.add(order.command.id)
        return objection

    def withdraw(self, order: Order) -> str:
        """Return why a command that waits for its device is not wanted any more."""
        command, winner = order.command, self._claims.winner(order.command.point)
        is_for_claim = command.holds or command.origin.kind is OriginKind.DEFAULT
        if not is_state(order) or (winner and winner.value == command.value):
            return ""
        if not is_for_claim:
            rival = self._weighing.rival(command)
            # A step on the way to what wins is not in its way.
            is_other = rival is not None and named(rival.owner) != named(command.origin)
            return standing(rival, self._state.timezone) if rival and is_other else ""
        self._stopped.add(command.id)
        return standing(winner, self._state.timezone) if winner else f"{command.origin} keeps it no more"

    def pop(self, command: str) -> bool:
        """Return whether a command was stopped, by its id, and forget it."""
        was_stopped = command in self._stopped
        self._stopped.discard(command)
        return was_stopped
