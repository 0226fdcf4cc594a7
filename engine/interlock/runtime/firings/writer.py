"""Turns the assignments of a firing into commands and sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from interlock.errors import InvalidValue
from interlock.expressions.view import View
from interlock.model import Command, Outcome, Receipt, Value, format_command, format_value
from interlock.rules.actions import Assignment, WriteAction
from interlock.runtime.connections.place import PATIENCE_S
from interlock.runtime.firings.computing import duration_of, field_values, point_value
from interlock.runtime.firings.run import Place, Run, StepFailed
from interlock.runtime.firings.stage import Stage

_FINE = frozenset({Outcome.ACCEPTED, Outcome.SUPPRESSED, Outcome.OUTRANKED, Outcome.DEFERRED})
"""What breaks nothing off: that somebody stronger keeps a point is no failure of who asked in vain."""


class Writer:
    """Sends what one firing writes."""

    def __init__(self, run: Run, stage: Stage) -> None:
        self._run = run
        self._stage = stage

    async def write(self, action: WriteAction, place: Place) -> None:
        """Send the commands of one action, in one moment.

        Raises:
            StepFailed: a value is unknown or impossible; then nothing was sent.
        """
        await self.wait(self.send(action, place))

    def send(self, action: WriteAction, place: Place) -> Sequence[asyncio.Future[Receipt]]:
        """Send the commands of one action without waiting; return their receipts to come."""
        view = self._stage.view(self._run, place.names)
        pairs = [(each, point_value(each, view), field_values(each, view)) for each in action.assignments]
        commands = []
        for assignment, value, fields in pairs:
            if note := self._why_needless(action, assignment, value):
                self._trace(action.text, note)
            else:
                commands.append(self.command(assignment, value, fields, action.priority))
        return self.submit(self._held(commands, action, view), action.text, place)

    def submit(
        self, commands: Sequence[Command], text: str, place: Place
    ) -> Sequence[asyncio.Future[Receipt]]:
        """Send commands; return their receipts to come."""
        if not commands:
            return ()
        self._trace(text, ", ".join(map(format_command, commands)))
        receipts = self._stage.dispatcher.submit(commands)
        place.receipts.extend(receipts)
        return receipts

    async def wait(self, receipts: Sequence[asyncio.Future[Receipt]]) -> None:
        """Wait for receipts, but not for devices that take their time."""
        if receipts:
            await asyncio.wait(receipts, timeout=PATIENCE_S)

    def command(
        self, assignment: Assignment, value: Value | None, fields: Mapping[str, Value], priority: int
    ) -> Command:
        """Return the command that an assignment comes to.

        Raises:
            StepFailed: the site was edited, and its point is gone.
        """
        if assignment.target.point not in self._stage.targets:
            raise StepFailed(f"{assignment.target.point} was removed from the site")
        return Command(
            id=self._stage.new_id(),
            point=assignment.target.point,
            value=value,
            fields=fields,
            origin=self._run.origin,
            created_at=self._stage.clock.now(),
            priority=priority,
            shadow=self._run.is_shadow,
        )

    def _held(self, commands: Sequence[Command], action: WriteAction, view: View) -> Sequence[Command]:
        """Return the commands as claims, where the action holds what it writes."""
        if not action.holds:
            return commands
        until = None if action.lasts is None else view.now + duration_of(action.lasts, view)
        return [replace(command, holds=True, until=until) for command in commands]

    def _why_needless(self, action: WriteAction, assignment: Assignment, value: Value | None) -> str:
        """Return why a value need not be sent; empty where it must."""
        capability, dispatcher = assignment.target.capability, self._stage.dispatcher
        # An assumed reading is no reason not to send: a hand may have changed it since.
        if not action.only_if_different or capability.is_trigger or not capability.readable:
            return ""
        # A claim is wanted also where the value is the same: it says that it stays so.
        if action.holds:
            return ""
        point, state = assignment.target.point, self._stage.state
        # What the rule held there is let go by it.
        if self._stage.arbiter.holds(point, self._run.origin):
            return ""
        reading, held = state.reading(point), state.values.get(point)
        if value is None or held is None or reading is None:
            return ""
        if not dispatcher.is_settled(reading):
            return ""
        if held == value:
            return f"{point} is {format_value(value)} already"
        if held == dispatcher.settlements.made_of(point, value):
            return f"{point} is {format_value(held)}, which its device made of {format_value(value)}"
        return ""

    def _trace(self, text: str, note: str) -> None:
        self._stage.trace(self._run, text, note)


def fitting(assignment: Assignment, value: Value) -> Value | None:
    """Return a value as an assignment's point takes it.

    Raises:
        StepFailed: the point does not take it.
    """
    try:
        return assignment.target.capability.check(value)
    except InvalidValue as error:
        raise StepFailed(f"{assignment.target.point}: {error}") from error


def may_repeat(action: WriteAction) -> bool:
    """Whether what may have been sent already is sent again after a restart."""
    return all(
        each.target.capability.idempotent and not each.target.capability.is_trigger
        for each in action.assignments
    )


def refused(receipts: Sequence[Receipt]) -> str:
    """Return which commands were not accepted, in words; empty where all were."""
    bad = [receipt for receipt in receipts if receipt.outcome not in _FINE]
    return ", ".join(f"{each.command.point} was {each.outcome.value}" for each in bad)
