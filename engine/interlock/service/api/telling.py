"""From what happened to what is told of it, and whether somebody wants to be told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from typing import cast

from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Firing,
    FiringEnd,
    InterlockTurn,
    LetGo,
    Reload,
    RuleSwitch,
)
from interlock.history.values import as_json
from interlock.model import Command, Origin, OriginKind, Reading, Receipt, Value
from interlock.rules.rule import Decision, Seen
from interlock.runtime.connections.health import ANSWERS_AGAIN
from interlock.service.api.event_forms import (
    ClaimForm,
    CommandForm,
    ConnectionForm,
    FiringEndForm,
    FiringForm,
    Form,
    InterlockForm,
    Kind,
    NearMissForm,
    Plain,
    ReadingForm,
    ReceiptForm,
    ReleaseForm,
    ReloadForm,
    SeenForm,
    SwitchForm,
)
from interlock.service.onlookers.feed import Occurrence

_KINDS: Mapping[type, Kind] = {
    Reading: Kind.READING,
    Firing: Kind.FIRING,
    FiringEnd: Kind.FIRING_END,
    Decision: Kind.NEAR_MISS,
    Command: Kind.COMMAND,
    Receipt: Kind.RECEIPT,
    Claimed: Kind.CLAIM,
    LetGo: Kind.RELEASE,
    InterlockTurn: Kind.INTERLOCK,
    RuleSwitch: Kind.SWITCH,
    Reload: Kind.RELOAD,
    ConnectionEvent: Kind.CONNECTION,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to be told; what is empty narrows nothing."""

    kinds: Collection[Kind] = ()
    points: Sequence[str] = ()
    """Points, or patterns for some such as ``living_*.*``."""
    rules: Sequence[str] = ()
    """Rules, or patterns for some."""
    _points: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _rules: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_points", _any_of(self.points))
        object.__setattr__(self, "_rules", _any_of(self.rules))

    def includes(self, occurrence: Occurrence) -> bool:
        """Whether an occurrence is one of them."""
        return (
            (not self.kinds or kind_of(occurrence) in self.kinds)
            and (not self.points or any(map(self._points.match, points_of(occurrence))))
            and (not self.rules or self._rules.match(rule_of(occurrence)) is not None)
        )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)))


def kind_of(occurrence: Occurrence) -> Kind:
    """Return the kind of an occurrence."""
    return _KINDS[type(occurrence.what)]


def rule_of(occurrence: Occurrence) -> str:
    """Return the rule that an occurrence is about; empty where it is about none."""
    match occurrence.what:
        case FiringEnd():
            return occurrence.rule
        case Firing(decision=decision):
            return decision.rule.id
        case Decision(rule=rule):
            return rule.id
        case RuleSwitch(rule=name):
            return name
        case Command(origin=origin) | Receipt(command=Command(origin=origin)):
            return _rule(origin)
        case Claimed(claim=claim) | LetGo(claim=claim):
            return _rule(claim.owner)
        case _:
            return ""


def _rule(origin: Origin) -> str:
    return origin.name if origin.kind is OriginKind.RULE else ""


def points_of(occurrence: Occurrence) -> Iterable[str]:
    """Return the points that an occurrence is about: of a rule that looked those that it saw."""
    match occurrence.what:
        case Reading(point=point) | Command(point=point) | Receipt(command=Command(point=point)):
            return [point]
        case Claimed(claim=claim) | LetGo(claim=claim):
            return [claim.point]
        case Firing(decision=decision) | (Decision() as decision):
            cause = [decision.cause.point] if decision.cause.point else []
            return [*cause, *(seen.point for seen in decision.seen)]
        case _:
            return ()


def form_of(occurrence: Occurrence) -> Form:
    """Return what is told of an occurrence."""
    match occurrence.what:
        case Reading() as reading:
            return _reading(reading, occurrence.before)
        case Firing() as firing:
            return _firing(firing)
        case FiringEnd() as end:
            return FiringEndForm(at=end.at, firing=end.firing, rule=occurrence.rule, outcome=end.outcome)
        case Decision() as miss:
            return NearMissForm(at=miss.at, rule=miss.rule.id, verdict=miss.verdict, reason=miss.reason)
        case Command() as command:
            return _command(command)
        case Receipt() as receipt:
            return _receipt(receipt)
        case Claimed() as claimed:
            return _claim(claimed)
        case LetGo() as gone:
            return _release(gone)
        case InterlockTurn() as turn:
            return InterlockForm(
                at=turn.at, interlock=turn.interlock, is_broken=turn.is_broken, reason=turn.reason
            )
        case RuleSwitch() as switch:
            return SwitchForm(at=switch.at, rule=switch.rule, is_on=switch.is_on, by=switch.by)
        case Reload() as reload:
            return ReloadForm(at=reload.at, changes=reload.changes)
        case ConnectionEvent() as event:
            return _connection(event)


def _plain(value: Value | None) -> Plain:
    return cast("Plain", as_json(value))


def _reading(reading: Reading, before: Reading | None) -> ReadingForm:
    return ReadingForm(
        at=reading.at,
        point=reading.point,
        value=_plain(reading.value if reading.is_usable else None),
        was=_plain(before.value if before and before.is_usable else None),
        quality=reading.quality,
        reason=reading.reason,
    )


def _firing(firing: Firing) -> FiringForm:
    decision = firing.decision
    return FiringForm(
        at=decision.at,
        firing=firing.id,
        rule=decision.rule.id,
        cause=str(decision.cause),
        reason=decision.reason,
        seen=tuple(map(_seen, decision.seen)),
    )


def _seen(seen: Seen) -> SeenForm:
    return SeenForm(point=seen.point, value=_plain(seen.value), note=seen.note)


def _command(command: Command) -> CommandForm:
    return CommandForm(
        at=command.created_at,
        command=command.id,
        point=command.point,
        value=_plain(command.value),
        fields={name: _plain(value) for name, value in command.fields.items()},
        priority=command.priority,
        origin=str(command.origin),
        firing=command.origin.firing,
        is_shadow=command.shadow,
    )


def _receipt(receipt: Receipt) -> ReceiptForm:
    return ReceiptForm(
        at=receipt.at,
        command=receipt.command.id,
        point=receipt.command.point,
        outcome=receipt.outcome,
        answer=_plain(receipt.answer),
        reason=receipt.reason,
        attempts=receipt.attempts,
        origin=str(receipt.command.origin),
    )


def _claim(claimed: Claimed) -> ClaimForm:
    claim = claimed.claim
    return ClaimForm(
        at=claim.since,
        point=claim.point,
        value=_plain(claim.value),
        priority=claim.priority,
        owner=str(claim.owner),
        until=claim.until,
    )


def _release(gone: LetGo) -> ReleaseForm:
    claim = gone.claim
    return ReleaseForm(
        at=gone.at, point=claim.point, priority=claim.priority, owner=str(claim.owner), reason=gone.why
    )


def _connection(event: ConnectionEvent) -> ConnectionForm:
    return ConnectionForm(
        at=event.at,
        connection=event.connection,
        is_there=event.text.endswith(ANSWERS_AGAIN),
        reason=event.text,
    )
