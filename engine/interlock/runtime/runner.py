"""Runs the actions of firings, each in its own task, and writes the trace of every step."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from interlock.capabilities import Capability
from interlock.clock import Clock
from interlock.durations import format_duration
from interlock.errors import InvalidValue
from interlock.expressions.expression import Expression
from interlock.expressions.view import View, with_names
from interlock.history.journal import Journal
from interlock.history.records import Firing, FiringEnd, Step
from interlock.model import Command, Origin, OriginKind, Outcome, Receipt, Value, format_command, format_value
from interlock.rules.rule import (
    Action,
    Assignment,
    Decision,
    DelayAction,
    IfAction,
    LogAction,
    Mode,
    WriteAction,
)
from interlock.rules.state import State
from interlock.runtime.dispatcher import Dispatcher
from interlock.runtime.link import PATIENCE_S

log = logging.getLogger("interlock.rule")

_CLOSE_S = 15.0
"""How long a firing that is sending may still take when the service ends."""


class _Broken(Exception):
    """A step cannot be done; the firing ends here, with this reason."""


@dataclass(slots=True)
class _Run:
    firing: Firing
    receipts: list[asyncio.Future[Receipt]]

    @property
    def origin(self) -> Origin:
        return Origin(OriginKind.RULE, self.firing.decision.rule.id, self.firing.id)


class Runner:
    """Runs firings. One rule runs once at a time: a firing that comes meanwhile is skipped, and says so."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        state: State,
        *,
        clock: Clock,
        journal: Journal,
        new_id: Callable[[], str],
    ) -> None:
        self._dispatcher = dispatcher
        self._state = state
        self._clock = clock
        self._journal = journal
        self._new_id = new_id
        self._running: dict[str, asyncio.Task[None]] = {}
        self._closing = asyncio.Event()

    def start(self, decision: Decision) -> None:
        """Begin a firing. Steps that need no waiting have been submitted when this returns to the loop."""
        firing = Firing(self._new_id(), decision)
        self._journal.record(firing)
        if decision.rule.id in self._running:
            log.info("rule %s is skipped, it is still running: %s", decision.rule.id, decision.reason)
            self._end(firing, "skipped: the rule is still running")
            return
        log.info("rule %s fires: %s", decision.rule.id, decision.reason)
        task = asyncio.create_task(self._run(_Run(firing, [])), name=f"rule {decision.rule.id}")
        self._running[decision.rule.id] = task
        task.add_done_callback(lambda _: self._running.pop(decision.rule.id, None))

    async def idle(self) -> bool:
        """Wait until every firing that is running now has ended; return whether there was one."""
        tasks = list(self._running.values())
        if tasks:
            await asyncio.wait(tasks)
        return bool(tasks)

    async def close(self) -> None:
        """End firings that wait in a delay; let those that are sending come to their end."""
        self._closing.set()
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, run: _Run) -> None:
        try:
            await self._do_all(run.firing.decision.rule.actions, run)
            receipts = await asyncio.gather(*run.receipts)
        except _Broken as reason:
            self._end(run.firing, f"broken off: {reason}")
        except asyncio.CancelledError:
            self._end(run.firing, "broken off: the service ended")
            raise
        except Exception as error:
            log.error("rule %s: an action failed", run.firing.decision.rule.id, exc_info=error)
            self._end(run.firing, f"broken off: {type(error).__name__}: {error}")
        else:
            self._end(run.firing, _summary(receipts))

    async def _do_all(self, actions: Sequence[Action], run: _Run) -> None:
        for action in actions:
            await self._do(action, run)

    async def _do(self, action: Action, run: _Run) -> None:
        match action:
            case WriteAction():
                await self._write(action, run)
            case LogAction():
                message = action.message.render(self._view(run))
                log.info("rule %s: %s", run.firing.decision.rule.id, message)
                self._trace(run, action.text, message)
            case DelayAction():
                self._trace(run, action.text, f"waiting {format_duration(action.duration)}")
                await self._wait(action.duration)
            case IfAction():
                await self._branch(action, run)

    async def _wait(self, duration: timedelta) -> None:
        try:
            async with asyncio.timeout(duration.total_seconds()):
                await self._closing.wait()
        except TimeoutError:
            return
        raise _Broken("the service ended")

    async def _branch(self, action: IfAction, run: _Run) -> None:
        view = self._view(run)
        truth = action.condition.truth(view)
        if truth is None:
            reason = action.condition.evaluate(view).reason
            self._trace(run, action.text, f"unknown, neither branch: {reason}")
        else:
            self._trace(run, action.text, "true" if truth else "false")
            await self._do_all(action.then if truth else action.otherwise, run)

    async def _write(self, action: WriteAction, run: _Run) -> None:
        commands: list[Command] = []
        for assignment in action.assignments:
            command = self._command(action, assignment, run)
            if self._is_needless(action, assignment, command.value):
                self._trace(run, action.text, f"{command.point} is {format_value(command.value)} already")
            else:
                commands.append(command)
        if not commands:
            return
        self._trace(run, action.text, ", ".join(map(format_command, commands)))
        receipts = self._dispatcher.submit(commands)
        run.receipts.extend(receipts)
        await asyncio.wait(receipts, timeout=PATIENCE_S)

    def _command(self, action: WriteAction, assignment: Assignment, run: _Run) -> Command:
        target = assignment.target
        value = self._value(assignment.value, target.point, target.capability, action, run)
        return Command(
            id=self._new_id(),
            point=target.point,
            value=value,
            fields=self._fields(assignment, action, run),
            origin=run.origin,
            created_at=self._clock.now(),
            priority=action.priority,
            shadow=run.firing.decision.rule.mode is Mode.SHADOW,
        )

    def _fields(self, assignment: Assignment, action: WriteAction, run: _Run) -> Mapping[str, Value]:
        target, fields = assignment.target, {}
        for field in target.capability.fields:
            given = assignment.fields.get(field.name)
            name = f"{target.point}: {field.name}"
            value = self._value(given, name, field.as_capability(), action, run)
            if value is not None:
                fields[field.name] = value
        return fields

    def _value(
        self,
        given: Value | Expression | None,
        name: str,
        capability: Capability,
        action: WriteAction,
        run: _Run,
    ) -> Value | None:
        """Return what a point or a field is given; what cannot be computed breaks the firing off."""
        if not isinstance(given, Expression):
            return given
        evaluation = given.evaluate(self._view(run))
        if evaluation.value is None:
            raise self._broken(run, action, f"{name}: the value is unknown: {evaluation.reason}")
        try:
            return capability.check(evaluation.value)
        except InvalidValue as error:
            raise self._broken(run, action, f"{name}: {error}") from error

    def _view(self, run: _Run) -> View:
        self._state.look_at(self._clock)
        return with_names(self._state, run.firing.decision.names)

    def _broken(self, run: _Run, action: Action, reason: str) -> _Broken:
        self._trace(run, action.text, reason)
        log.warning("rule %s: %s", run.firing.decision.rule.id, reason)
        return _Broken(reason)

    def _is_needless(self, action: WriteAction, assignment: Assignment, value: Value | None) -> bool:
        capability = assignment.target.capability
        if not action.only_if_different or capability.is_trigger or not capability.readable:
            return False
        point = assignment.target.point
        reading = self._state.reading(point)
        if value is None or reading is None or self._state.values.get(point) != value:
            return False
        return self._dispatcher.is_settled(point, reading.observed_at)

    def _trace(self, run: _Run, text: str, note: str) -> None:
        self._journal.record(Step(run.firing.id, self._clock.now(), text, note))

    def _end(self, firing: Firing, outcome: str) -> None:
        self._journal.record(FiringEnd(firing.id, self._clock.now(), outcome))


def _summary(receipts: Sequence[Receipt]) -> str:
    bad = [receipt for receipt in receipts if receipt.outcome not in {Outcome.ACCEPTED, Outcome.SUPPRESSED}]
    if not bad:
        return "done"
    return "done, but " + ", ".join(f"{r.command.point} was {r.outcome.value}" for r in bad)
