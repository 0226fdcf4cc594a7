"""Stories as documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import JsonValue, TypeAdapter

from interlock.history.claims import PastClaim
from interlock.history.past import NearMiss, PastCommand, PastFiring
from interlock.history.values import as_json
from interlock.model import Reading, Receipt, Value
from interlock.model import Truth as Known
from interlock.rules.rule import Mode
from interlock.service.explain.documents import (
    ClaimDocument,
    ClauseDocument,
    CommandDocument,
    EditDocument,
    FiringDocument,
    FiringHead,
    InterlockDocument,
    NearMissDocument,
    PartDocument,
    PointCommand,
    PointDocument,
    ReadingDocument,
    ReceiptDocument,
    RuleDocument,
    StandingDocument,
    StepDocument,
    Truth,
    TurnDocument,
)
from interlock.service.explain.stories import (
    Edit,
    FiringStory,
    InterlockStory,
    PointStory,
    RuleStory,
    Story,
)
from interlock.service.standing import Part, Standing

_ENABLED: Mapping[Mode | None, bool | Literal["shadow"] | None] = {
    Mode.ON: True,
    Mode.OFF: False,
    Mode.SHADOW: "shadow",
    None: None,
}
_TRUTHS: Mapping[Known, Truth] = {True: "true", False: "false", None: "unknown"}
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def document_of(story: Story) -> RuleDocument | PointDocument | InterlockDocument:
    """Return a story as a document for programs."""
    match story:
        case RuleStory():
            return _rule(story)
        case PointStory():
            return _point(story)
        case InterlockStory():
            return _interlock(story)


def _rule(story: RuleStory) -> RuleDocument:
    return RuleDocument(
        rule=story.rule,
        enabled=_ENABLED[story.mode],
        firings=[firing_document(each) for each in story.firings],
        near_misses=[_near_miss(each) for each in story.near_misses],
        claims=[_claim(each) for each in story.claims],
        edits=_edits(story.edits),
        now=_standing(story.standing) if story.standing else None,
    )


def _point(story: PointStory) -> PointDocument:
    return PointDocument(
        point=story.point,
        claims=[_claim(each) for each in story.claims],
        edits=_edits(story.edits),
        commands=[
            PointCommand(
                command=command_document(each), firing=firing_head(each.firing) if each.firing else None
            )
            for each in story.commands
        ],
        readings=[_reading(each) for each in story.readings],
    )


def _interlock(story: InterlockStory) -> InterlockDocument:
    return InterlockDocument(
        interlock=story.interlock,
        turns=[
            TurnDocument(at=each.at, is_broken=each.is_broken, reason=each.reason) for each in story.turns
        ],
        claims=[_claim(each) for each in story.claims],
        edits=_edits(story.edits),
        refused=[command_document(each) for each in story.refused],
    )


def _edits(edits: Iterable[Edit]) -> list[EditDocument]:
    return [EditDocument(at=each.at, text=each.text) for each in edits]


def firing_document(story: FiringStory) -> FiringDocument:
    """Return a firing with all that came of it."""
    return FiringDocument(
        **firing_head(story.firing).model_dump(),
        steps=[StepDocument(at=each.at, text=each.text, note=each.note) for each in story.steps],
        commands=[command_document(each) for each in story.commands],
    )


def firing_head(firing: PastFiring) -> FiringHead:
    """Return a firing, and the decision that made it."""
    return FiringHead(
        id=firing.id,
        rule=firing.rule,
        at=firing.at,
        reason=firing.reason,
        outcome=firing.outcome,
        ended_at=firing.ended_at,
    )


def _near_miss(miss: NearMiss) -> NearMissDocument:
    return NearMissDocument(
        trigger=miss.trigger,
        verdict=miss.verdict,
        first_at=miss.first_at,
        last_at=miss.last_at,
        count=miss.count,
        reason=miss.reason,
    )


def command_document(past: PastCommand) -> CommandDocument:
    """Return a command that was given, and what became of it."""
    command = past.command
    return CommandDocument(
        id=command.id,
        at=command.created_at,
        point=command.point,
        value=_value(command.value),
        fields=_fields(command.fields),
        origin=str(command.origin),
        receipt=_receipt(past.receipt) if past.receipt else None,
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
        at=standing.run.seen_at,
        is_dry_run=standing.run.is_dry_run,
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
    )


def _fields(fields: Mapping[str, Value]) -> dict[str, JsonValue]:
    return {name: _value(each) for name, each in fields.items()}


def _value(value: Value | None) -> JsonValue:
    return _JSON.validate_python(as_json(value))
