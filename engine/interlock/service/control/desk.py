"""What a running service does when it is asked at its control door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from interlock.capabilities import nearest
from interlock.clock import Clock
from interlock.model import Value
from interlock.rules.actions import VariablesAction
from interlock.rules.rule import Rule
from interlock.runtime.engine import Engine
from interlock.service.control.protocol import (
    Answer,
    AskStatus,
    Began,
    CancelRule,
    Changed,
    Claims,
    ControlError,
    Done,
    Ended,
    Evaluate,
    ListClaims,
    ListLogs,
    ListPoints,
    ListRules,
    Logs,
    Points,
    Question,
    ReleasePoint,
    ReloadSite,
    Rules,
    RunRule,
    SendCommand,
    SetLog,
    SwitchRule,
)
from interlock.service.control.sending import claim_lines, release, send
from interlock.service.evaluating import compute
from interlock.service.log_levels import LogLevels
from interlock.service.point_lines import point_lines
from interlock.service.reloading import Reloader
from interlock.service.rule_lines import rule_line
from interlock.service.status import status_of

_BY = "hand"


class ControlDesk:
    """Does what is asked of one engine."""

    def __init__(self, engine: Engine, reloader: Reloader, clock: Clock) -> None:
        self._clock = clock
        self._engine = engine
        self._reloader = reloader
        self._log_levels = LogLevels(clock)

    async def answer(self, question: Question) -> Answer:
        """Do what is asked.

        Raises:
            ControlError: it cannot be done.
            ConfigurationError: the files that were to be read have errors.
        """
        await self._engine.has_begun.wait()
        match question:
            case ReloadSite():
                return Changed(changes=(await self._reloader.reload()).lines)
            case ListRules():
                return self._rules()
            case RunRule():
                return self._run(question.rule, question.variables)
            case SwitchRule():
                self._engine.runner.switch(self._rule(question.rule).id, is_on=question.is_on, by=_BY)
                return Done()
            case CancelRule():
                return Ended(count=self._engine.runner.cancel(self._rule(question.rule).id, by=_BY))
            case SendCommand():
                return await send(self._engine, question, self._clock.now())
            case ReleasePoint():
                return Ended(count=release(self._engine, question.point))
            case ListClaims():
                return Claims(claims=tuple(claim_lines(self._engine)))
            case ListPoints():
                return Points(points=point_lines(self._engine, skip=question.skip))
            case ListLogs() | SetLog():
                return self._logs(question)
            case AskStatus():
                return status_of(self._engine, self._clock.now())
            case Evaluate():
                return compute(question.text, self._engine.site, self._engine.state, question.given)

    def _logs(self, question: ListLogs | SetLog) -> Logs:
        if isinstance(question, SetLog):
            self._log_levels.set(question)
        return Logs(areas=tuple(self._log_levels.areas()))

    def _rules(self) -> Rules:
        engine = self._engine
        found = [
            rule_line(rule, engine.runner.status(rule.id), engine.site.timezone, engine.state.now)
            for rule in engine.rules
        ]
        return Rules(rules=tuple(found))

    def _run(self, name: str, variables: Mapping[str, Value]) -> Began:
        rule = self._rule(name)
        if rule.keep is not None:
            raise ControlError(f"rule {name} keeps something: it has no actions to run")
        known = set(_parameters(rule))
        for variable in variables.keys() - known:
            takes = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise ControlError(f"rule {name} has no variable '{variable}': {takes}")
        run = self._engine.runner.run(name, variables, by=_BY)
        if run is None:
            raise ControlError(f"rule {name} is skipped: it is still running")
        return Began(firing=run.id)

    def _rule(self, name: str) -> Rule:
        rules = {rule.id: rule for rule in self._engine.rules}
        if name not in rules:
            meant = nearest(name, rules)
            hint = f"; did you mean '{meant}'?" if meant else ""
            raise ControlError(f"there is no rule '{name}'{hint}")
        return rules[name]


def _parameters(rule: Rule) -> Iterable[str]:
    """Yield the variables that whoever runs a rule may set."""
    for action in rule.actions:
        if isinstance(action, VariablesAction) and action.is_default:
            yield from action.variables
