"""What a running service does when it is asked at its control door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from interlock.capabilities import nearest
from interlock.clock import Clock
from interlock.model import Origin, Value
from interlock.rules.actions import VariablesAction
from interlock.rules.grammar.context import Context
from interlock.rules.rule import Rule
from interlock.runtime.engine import Engine
from interlock.service.accounts.condition import Condition
from interlock.service.accounts.point_account import account_of
from interlock.service.accounts.point_lines import point_lines
from interlock.service.accounts.rule_lines import rule_line
from interlock.service.accounts.site_line import site_line
from interlock.service.accounts.status import status_of
from interlock.service.by_hand.evaluating import compute
from interlock.service.control.protocol import (
    Answer,
    AskPoint,
    AskPolls,
    AskRule,
    AskStanding,
    AskStatus,
    Began,
    CancelRule,
    Changed,
    Claims,
    ControlError,
    DescribeSite,
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
    ReleasedClaims,
    ReleasePoint,
    ReloadSite,
    RuleLine,
    Rules,
    RuleStanding,
    RunRule,
    SendCommand,
    SendWords,
    SetLog,
    SwitchRule,
    UnknownName,
)
from interlock.service.control.sending import BY_HAND, claim_lines, known_point, release, send
from interlock.service.control.wording import command_for
from interlock.service.explain.part_lines import part_line
from interlock.service.explain.standing import parts_of
from interlock.service.logs.levels import LogLevels
from interlock.service.polls import plan_at_work
from interlock.service.reloading.reloader import Reloader


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks."""

    origin: Origin
    """Of the commands."""
    name: str
    """Of who switches and runs rules."""


AT_THE_SOCKET = Asker(BY_HAND, "hand")
_Look: TypeAlias = (
    DescribeSite
    | AskPolls
    | AskStatus
    | ListRules
    | AskRule
    | AskStanding
    | ListClaims
    | ListPoints
    | AskPoint
    | Evaluate
)
"""Questions that change nothing."""


class ControlDesk:
    """Does what is asked of one engine.

    Args:
        engine: Runs the site.
        reloader: Reads the site's files again.
        clock: Tells the present.
        condition: How the service is beside its site.
    """

    def __init__(self, engine: Engine, reloader: Reloader, clock: Clock, condition: Condition) -> None:
        self._clock = clock
        self._condition = condition
        self._engine = engine
        self._reloader = reloader
        self._log_levels = LogLevels(clock)

    async def answer(self, question: Question, who: Asker = AT_THE_SOCKET) -> Answer:
        """Do what is asked.

        Args:
            question: What is asked.
            who: Asks it.

        Raises:
            ControlError: it cannot be done.
            ConfigurationError: the files that were to be read have errors.
        """
        await self._engine.has_begun.wait()
        match question:
            case ReloadSite():
                return Changed(changes=(await self._reloader.reload()).lines)
            case SendCommand():
                return await send(self._engine, question, self._clock.now(), who.origin)
            case SendWords():
                return await send(self._engine, self._worded(question), self._clock.now(), who.origin)
            case RunRule() | SwitchRule() | CancelRule():
                return self._act(question, who.name)
            case ReleasePoint():
                released = release(self._engine, question.point)
                return ReleasedClaims(count=released, awaits_journal=self._engine.awaits_journal)
            case ListLogs() | SetLog():
                return self._logs(question)
            case _:
                return self._tell(question)

    def _worded(self, words: SendWords) -> SendCommand:
        return command_for(
            self._engine,
            words.point,
            words.value,
            words.fields,
            holds=words.holds,
            priority=words.priority,
            until=words.until,
        )

    def _act(self, question: RunRule | SwitchRule | CancelRule, by: str) -> Answer:
        rule, runner = self._rule(question.rule), self._engine.runner
        match question:
            case RunRule():
                return self._run(rule, question.variables, by)
            case SwitchRule():
                runner.switch(rule.id, is_on=question.is_on, by=by)
                return Done()
            case CancelRule():
                return Ended(count=runner.cancel(rule.id, by=by))

    def _tell(self, question: _Look) -> Answer:
        engine = self._engine
        match question:
            case DescribeSite():
                return site_line(engine)
            case AskPolls():
                return plan_at_work(engine.site, engine.needs(), engine.polls)
            case AskStatus():
                return status_of(engine, self._clock.now(), self._condition)
            case ListRules():
                lines = tuple(map(self._rule_line, engine.rules))
                return Rules(rules=lines, awaits_journal=engine.awaits_journal)
            case AskRule():
                return self._rule_line(self._rule(question.rule))
            case AskStanding():
                return self._standing(self._rule(question.rule))
            case ListClaims():
                return Claims(claims=tuple(claim_lines(engine)), awaits_journal=engine.awaits_journal)
            case ListPoints():
                return Points(points=point_lines(engine, question))
            case AskPoint():
                return account_of(engine, known_point(engine, question.point))
            case Evaluate():
                return compute(question.text, engine.site, engine.state, question.given)

    def _logs(self, question: ListLogs | SetLog) -> Logs:
        if isinstance(question, SetLog):
            self._log_levels.set(question)
        zone = self._engine.site.timezone.key
        return Logs(areas=tuple(self._log_levels.areas()), timezone=zone)

    def _rule_line(self, rule: Rule) -> RuleLine:
        engine = self._engine
        return rule_line(rule, engine.runner.status(rule.id), engine.site.timezone, engine.state.now)

    def _standing(self, rule: Rule) -> RuleStanding:
        engine, beginning = self._engine, f"{rule.id}/"
        memory = {key: each for key, each in engine.memory.items() if key.startswith(beginning)}
        parts = parts_of(rule, engine.state, Context(engine.site), memory)
        return RuleStanding(
            line=self._rule_line(rule),
            description=rule.description,
            at=engine.state.now,
            parts=tuple(map(part_line, parts)),
        )

    def _run(self, rule: Rule, variables: Mapping[str, Value], by: str) -> Began:
        name = rule.id
        if rule.keep is not None:
            raise ControlError(f"rule {name} keeps something: it has no actions to run")
        known = set(_parameters(rule))
        for variable in variables.keys() - known:
            takes = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise ControlError(f"rule {name} has no variable '{variable}': {takes}")
        run = self._engine.runner.run(name, variables, by=by)
        if run is None:
            raise ControlError(f"rule {name} is skipped: it is still running")
        return Began(firing=run.id)

    def _rule(self, name: str) -> Rule:
        rules = {rule.id: rule for rule in self._engine.rules}
        if name not in rules:
            meant = nearest(name, rules)
            hint = f"; did you mean '{meant}'?" if meant else ""
            raise UnknownName(f"there is no rule '{name}'{hint}")
        return rules[name]


def _parameters(rule: Rule) -> Iterable[str]:
    """Yield the variables that whoever runs a rule may set."""
    for action in rule.actions:
        if isinstance(action, VariablesAction) and action.is_default:
            yield from action.variables
