"""Stories as documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import JsonValue, TypeAdapter

from interlock.history.claims import PastClaim
from interlock.history.past import PastCommand, PastFiring
from interlock.history.records import RuleSwitch
from interlock.history.values import as_json, decode_value
from interlock.model import Reading, Receipt, Value
from interlock.model import Truth as Known
from interlock.rules.rule import Mode, Seen
from interlock.service.control.answers import RuleLine
from interlock.service.explain.documents import (
    ClaimDocument,
    ClaimNowDocument,
    ClauseDocument,
    CommandDocument,
    DeviceDocument,
    EditDocument,
    Explained,
    FiringDocument,
    FiringHead,
    GapDocument,
    GivenCommand,
    InterlockDocument,
    JudgedDocument,
    NearMissDocument,
    PartDocument,
    PointCommand,
    PointDocument,
    PointNowDocument,
    ReadingDocument,
    ReceiptDocument,
    RuleDocument,
    RuleNowDocument,
    SeenDocument,
    SpellDocument,
    StandingDocument,
    StepDocument,
    SwitchDocument,
    ThenDocument,
    Truth,
    TurnDocument,
)
from interlock.service.explain.judging import Judged
from interlock.service.explain.standing import Part, Standing
from interlock.service.explain.stories import (
    CommandStory,
    DeviceStory,
    Edit,
    FiringStory,
    Gap,
    InterlockStory,
    Missed,
    PointNow,
    PointStory,
    RuleStory,
    Story,
    Then,
)

_ENABLED: Mapping[Mode | None, bool | Literal["shadow"] | None] = {
    Mode.ON: True,
    Mode.OFF: False,
    Mode.SHADOW: "shadow",
    None: None,
}
_TRUTHS: Mapping[Known, Truth] = {True: "true", False: "false", None: "unknown"}
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def document_of(story: Story) -> Explained:
    """Return a story as a document for programs."""
    match story:
        case RuleStory():
            return _rule(story)
        case PointStory():
            return _point(story)
        case InterlockStory():
            return _interlock(story)
        case DeviceStory():
            return _device(story)
        case FiringStory():
            return firing_document(story)
        case CommandStory():
            return GivenCommand(**_wanted(story).model_dump(), gaps=_gaps(story.gaps))


def _device(story: DeviceStory) -> DeviceDocument:
    return DeviceDocument(
        device=story.device,
        points=[_point(each) for each in story.points],
        edits=_edits(story.edits),
        gaps=_gaps(story.gaps),
    )


def _gaps(gaps: Iterable[Gap]) -> list[GapDocument]:
    return [GapDocument(since=each.since, until=each.until, reason=each.reason) for each in gaps]


def _rule(story: RuleStory) -> RuleDocument:
    return RuleDocument(
        rule=story.rule,
        then=_then(story.then),
        enabled=_ENABLED[story.mode],
        switched=_switch(story.switch) if story.switch else None,
        firings=[firing_document(each) for each in story.firings],
        next_firing=firing_head(story.next_firing) if story.next_firing else None,
        near_misses=[_near_miss(each) for each in story.near_misses],
        claims=[_claim(each) for each in story.claims],
        edits=_edits(story.edits),
        now=_standing(story.standing) if story.standing else None,
        service=_rule_now(story.now) if story.now else None,
        is_loaded=story.is_loaded,
        gaps=_gaps(story.gaps),
    )


def _rule_now(line: RuleLine) -> RuleNowDocument:
    return RuleNowDocument(
        is_on=line.is_on,
        running=line.running,
        queued=line.queued,
        held=line.held,
        fired_at=line.fired_at,
        due_at=line.due_at,
    )


def _point(story: PointStory) -> PointDocument:
    return PointDocument(
        point=story.point,
        then=_then(story.then),
        now=_point_now(story.now) if story.now else None,
        is_loaded=story.is_loaded,
        claims=[_claim(each) for each in story.claims],
        edits=_edits(story.edits),
        commands=[_wanted(each) for each in story.commands],
        next_command=_given(story.next_command) if story.next_command else None,
        readings=[_reading(each) for each in story.readings],
        gaps=_gaps(story.gaps),
    )


def _point_now(now: PointNow) -> PointNowDocument:
    account = now.account
    return PointNowDocument(
        at=now.at,
        value=_encoded(account.line.value),
        reason=account.line.reason,
        changed_at=account.line.changed_at,
        read_at=account.read_at,
        is_needed=account.is_needed,
        claims=[
            ClaimNowDocument(
                value=_encoded(each.value),
                priority=each.priority,
                owner=each.owner,
                since=each.since,
                until=each.until,
                state=each.status,
            )
            for each in account.claims
        ],
    )


def _encoded(text: str | None) -> JsonValue:
    return None if text is None else _value(decode_value(text))


def _interlock(story: InterlockStory) -> InterlockDocument:
    return InterlockDocument(
        interlock=story.interlock,
        turns=[
            TurnDocument(at=each.at, is_broken=each.is_broken, reason=each.reason) for each in story.turns
        ],
        claims=[_claim(each) for each in story.claims],
        edits=_edits(story.edits),
        refused=[_told(each) for each in story.refused],
        gaps=_gaps(story.gaps),
    )


def _then(then: Then | None) -> ThenDocument | None:
    return None if then is None else ThenDocument(at=then.at, is_alive=then.is_alive, note=then.note)


def _switch(switch: RuleSwitch) -> SwitchDocument:
    return SwitchDocument(at=switch.at, is_on=switch.is_on, by=switch.by)


def _wanted(story: CommandStory) -> PointCommand:
    head = firing_head(story.past.firing) if story.past.firing else None
    return PointCommand(command=_told(story), firing=head)


def _given(past: PastCommand) -> PointCommand:
    return _wanted(CommandStory(past=past, receipts=()))


def _told(story: CommandStory) -> CommandDocument:
    return command_document(story.past, story.receipts, story.shown)


def _edits(edits: Iterable[Edit]) -> list[EditDocument]:
    return [EditDocument(at=each.at, text=each.text) for each in edits]


def firing_document(story: FiringStory) -> FiringDocument:
    """Return a firing with all that came of it."""
    return FiringDocument(
        **firing_head(story.firing).model_dump(),
        judged=[_judged(each) for each in story.judged],
        steps=[StepDocument(at=each.at, text=each.text, note=each.note) for each in story.steps],
        commands=[_told(each) for each in story.commands],
        gaps=_gaps(story.gaps),
    )


def firing_head(firing: PastFiring) -> FiringHead:
    """Return a firing, and the decision that made it."""
    return FiringHead(
        id=firing.id,
        rule=firing.rule,
        at=firing.at,
        reason=firing.reason,
        trigger=firing.cause.trigger,
        also=list(firing.cause.also),
        condition=firing.condition,
        truth=_TRUTHS[firing.truth] if firing.condition else "true",
        seen=_seen(firing.seen, firing.at),
        outcome=firing.outcome,
        ended_at=firing.ended_at,
    )


def _seen(seen: Iterable[Seen], at: datetime) -> list[SeenDocument]:
    return [
        SeenDocument(
            point=each.point,
            value=_value(each.value),
            note=each.note,
            read_at=each.read_at,
            age_s=(at - each.read_at).total_seconds() if each.read_at else None,
        )
        for each in seen
    ]


def _judged(found: Judged) -> JudgedDocument:
    return JudgedDocument(
        text=found.text,
        value=_value(found.value),
        reason=found.reason,
        since=found.since,
        read_at=found.read_at,
        parts=[_judged(each) for each in found.parts],
    )


def _near_miss(missed: Missed) -> NearMissDocument:
    miss = missed.total
    return NearMissDocument(
        trigger=miss.trigger,
        verdict=miss.verdict,
        first_at=miss.first_at,
        last_at=miss.last_at,
        count=miss.count,
        reason=miss.reason,
        lately=[
            SpellDocument(
                first_at=each.first_at,
                last_at=each.last_at,
                count=each.count,
                reason=each.reason,
                seen=_seen(each.seen, each.last_at),
            )
            for each in missed.lately
        ],
    )


def command_document(
    past: PastCommand, receipts: Sequence[Receipt] = (), shown: Reading | None = None
) -> CommandDocument:
    """Return a command that was given, and what became of it.

    Args:
        past: The command.
        receipts: All that it had, in order.
        shown: What its point showed later.
    """
    command = past.command
    return CommandDocument(
        id=command.id,
        at=command.created_at,
        point=command.point,
        value=_value(command.value),
        fields=_fields(command.fields),
        origin=str(command.origin),
        priority=command.priority,
        receipt=_receipt(past.receipt) if past.receipt else None,
        earlier=[_receipt(each) for each in receipts[:-1]],
        shown=_reading(shown) if shown else None,
    )


def _receipt(receipt: Receipt) -> ReceiptDocument:
    return ReceiptDocument(
        point=receipt.command.point,
        value=_value(receipt.command.value),
        fields=_fields(receipt.command.fields),
        outcome=receipt.outcome,
        reason=receipt.reason,
        answer=_value(receipt.answer),
        exchange=receipt.exchange,
        attempts=receipt.attempts,
        at=receipt.at,
    )


def _claim(past: PastClaim) -> ClaimDocument:
    claim = past.claim
    return ClaimDocument(
        point=claim.point,
        value=_value(claim.value),
        priority=claim.priority,
        owner=str(claim.owner),
        since=claim.since,
        until=claim.until,
        ended_at=past.ended_at,
        why=past.why,
    )


def _reading(reading: Reading) -> ReadingDocument:
    return ReadingDocument(
        at=reading.at,
        value=_value(reading.value),
        quality=reading.quality.value,
        reason=reading.reason,
    )


def _standing(standing: Standing) -> StandingDocument:
    return StandingDocument(
        at=standing.at,
        is_live=standing.is_live,
        is_dry_run=standing.is_dry_run,
        parts=[_part(each) for each in standing.parts],
    )


def _part(part: Part) -> PartDocument:
    return PartDocument(
        what=part.what,
        truth=_TRUTHS[part.truth] if part.is_judged else None,
        note=part.note,
        because=[
            ClauseDocument(what=each.text, truth=_TRUTHS[each.truth], reason=each.reason)
            for each in part.clauses
        ],
        judged=_judged(part.judged) if part.judged else None,
    )


def _fields(fields: Mapping[str, Value]) -> dict[str, JsonValue]:
    return {name: _value(each) for name, each in fields.items()}


def _value(value: Value | None) -> JsonValue:
    return _JSON.validate_python(as_json(value))
