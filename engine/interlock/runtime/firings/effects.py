"""Actions that are over at once: what is sent, logged, kept, told to other rules or to the outer world."""

from __future__ import annotations

import logging

from interlock.expressions.view import View
from interlock.history.records import NOT_SENT
from interlock.model import Event, format_value
from interlock.plurals import counted
from interlock.rules.actions import (
    Action,
    Assignment,
    CancelAction,
    EndAction,
    HttpAction,
    LogAction,
    NotifyAction,
    RaiseAction,
    ReleaseAction,
    RestoreAction,
    RunAction,
    SaveAction,
    SwitchAction,
    VariablesAction,
    WriteAction,
)
from interlock.runtime.firings.answers import values_of_json
from interlock.runtime.firings.computing import values_of
from interlock.runtime.firings.run import Ended, Place, Run, StepFailed
from interlock.runtime.firings.stage import Stage
from interlock.runtime.firings.writer import Writer

log = logging.getLogger("interlock.rule")

HTTP = "http"
"""The name whose fields tell what a request brought."""
_LONGEST_BODY = 10_000
"""Characters of an answer that later actions can read: a firing that waits keeps them in the journal."""
_ONCE = (LogAction, RaiseAction, NotifyAction, HttpAction, SwitchAction, CancelAction)
"""What must not be done a second time where a restart came in between."""


class Effects:
    """Does what one firing does at once."""

    def __init__(self, run: Run, stage: Stage) -> None:
        self._run = run
        self._stage = stage
        self._writer = Writer(run, stage)

    @staticmethod
    def is_once_only(action: Action) -> bool:
        """Whether an action must not be done again after a restart that came in between."""
        return isinstance(action, _ONCE)

    async def do(self, action: Action, place: Place) -> None:
        """Do one action.

        Raises:
            Ended, StepFailed: the firing ends, or a value is unknown.
        """
        match action:
            case WriteAction():
                await self._writer.write(action, place)
            case ReleaseAction():
                self._let_go(action)
            case LogAction():
                self._log(action, place)
            case VariablesAction():
                self._set_variables(action, place)
            case SaveAction():
                self._save(action)
            case RestoreAction():
                await self._restore(action, place)
            case EndAction():
                self._end(action, place)
            case NotifyAction() | HttpAction():
                await self._tell(action, place)
            case _:
                await self._affect_rules(action, place)

    async def _affect_rules(self, action: Action, place: Place) -> None:
        if self._run.is_shadow:
            self._trace(action, "not done: shadow rule")
            return
        match action:
            case SwitchAction():
                for rule in action.rules:
                    self._stage.rules.switch(rule, is_on=action.is_on, by=str(self._run.origin))
                self._trace(action, "")
            case CancelAction():
                ended = sum(self._stage.rules.cancel(rule, by=self._run) for rule in action.rules)
                self._trace(action, f"{counted(ended, 'firing')} ended")
            case RunAction():
                await self._run_other(action, place)
            case RaiseAction():
                fields = values_of(action.fields, self._stage.view(self._run, place.names))
                self._trace(action, ", ".join(f"{name} = {format_value(v)}" for name, v in fields.items()))
                self._stage.rules.note_raised(action.event, by=self._run)
                self._stage.raise_event(Event(kind="event", name=action.event, data=fields))

    def _let_go(self, action: ReleaseAction) -> None:
        origin, arbiter = self._run.origin, self._stage.arbiter
        held = [point for point in action.points if arbiter.holds(point, origin)]
        arbiter.let_go(origin, held, f"released by {origin}")
        self._trace(action, ", ".join(held) or "it held nothing there")

    def _log(self, action: LogAction, place: Place) -> None:
        message = action.message.render(self._stage.view(self._run, place.names))
        log.info("rule %s: %s", self._run.rule.id, message)
        self._trace(action, message)

    def _set_variables(self, action: VariablesAction, place: Place) -> None:
        known = set(self._run.variables) if action.is_default else set()
        for name, given in action.variables.items():
            if name in known:
                continue
            found = values_of({name: given}, self._stage.view(self._run, place.names))
            self._run.variables.update(found)
        if action.is_default:
            return
        shown = (f"{name} = {format_value(self._run.variables[name])}" for name in action.variables)
        self._trace(action, ", ".join(shown))

    def _save(self, action: SaveAction) -> None:
        values = self._stage.state.values
        known = {str(point): values[point] for point in action.points if point in values}
        self._stage.save(self._kept_name(action), known)
        unknown = [point for point in action.points if point not in known]
        note = ", ".join(f"{point} = {format_value(value)}" for point, value in known.items())
        self._trace(action, note + (f"; unknown: {', '.join(unknown)}" if unknown else ""))

    async def _restore(self, action: RestoreAction, place: Place) -> None:
        saved, targets = self._stage.saved.get(self._kept_name(action), {}), self._stage.targets
        known = [(target, saved[point]) for point, target in targets.items() if point in saved]
        if not known:
            self._trace(action, "nothing was saved")
            return
        assignments = tuple(Assignment(target=target, value=value, at=action.mark) for target, value in known)
        write = WriteAction(text=action.text, assignments=assignments, only_if_different=True)
        await self._writer.write(write, place)

    def _kept_name(self, action: SaveAction | RestoreAction) -> str:
        """Return the name under which values are kept: a shadow rule has its own ones."""
        return f"{action.name} of shadow {self._run.rule.id}" if self._run.is_shadow else action.name

    def _end(self, action: EndAction, place: Place) -> None:
        message = action.message.render(self._stage.view(self._run, place.names))
        self._trace(action, message)
        raise StepFailed(message) if action.is_failure else Ended(message)

    async def _tell(self, action: NotifyAction | HttpAction, place: Place) -> None:
        view = self._stage.view(self._run, place.names)
        if why := self._stage.why_unsent(self._run):
            self._run.note(HTTP)
            self._trace(action, f"{_shown(action, view)}: {NOT_SENT}{why}")
            return
        if isinstance(action, NotifyAction):
            await self._notify(action, view)
        else:
            await self._request(action, view)

    async def _notify(self, action: NotifyAction, view: View) -> None:
        message, title = action.message.render(view), action.title.render(view) if action.title else ""
        shown = _shown(action, view)

        def tell(note: str) -> None:
            self._trace(action, f"{shown}: {note}")

        tell(await self._stage.outside.notify(action.via, message, title, tell))

    async def _request(self, action: HttpAction, view: View) -> None:
        # What an earlier request brought is not to be taken for the answer to this one.
        self._run.note(HTTP)
        answer = await self._stage.outside.request(
            action.method,
            action.url.render(view),
            {name: value.render(view) for name, value in action.headers.items()},
            None if action.body is None else action.body.render(view),
            action.timeout,
        )
        values = values_of_json(answer.body, action.values)
        self._run.note(HTTP, **values, status=answer.status, body=answer.body[:_LONGEST_BODY])
        said = f"HTTP {answer.status}"
        if answer.status >= 300:
            raise StepFailed(f"{action.method} was answered with {said}: {answer.shown}")
        brought = (
            f"{name} = {format_value(values[name]) if name in values else 'nothing'}"
            for name in action.values
        )
        self._trace(action, ", ".join((said, *brought)))

    async def _run_other(self, action: RunAction, place: Place) -> None:
        progress = self._run.progress
        begun = progress.get(place.path, "firing")
        if isinstance(begun, str):
            other = self._stage.rules.running(begun)
        else:
            variables = values_of(action.variables, self._stage.view(self._run, place.names))
            other = self._stage.rules.run(action.rule, variables, by=self._run, path=place.path)
            note = f"firing {other.id}" if other else "skipped: it is still running"
            self._trace(action, note)
        if other is not None:
            await self._stage.waits.event(other.is_over)

    def _trace(self, action: Action, note: str) -> None:
        self._stage.trace(self._run, action.text, note)


def _shown(action: NotifyAction | HttpAction, view: View) -> str:
    """Return what an action says to the outer world, on one line: a message, or a request's URL and body."""
    parts = [action.url, action.body] if isinstance(action, HttpAction) else [action.title, action.message]
    return " ".join(" ".join(part.render(view) for part in parts if part is not None).split())
