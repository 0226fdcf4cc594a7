"""Commands by hand on their way through the control door, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from interlock.capabilities import nearest
from interlock.history.values import decode_value, encode_value
from interlock.model import Command, Origin, OriginKind, Point, Receipt
from interlock.runtime.engine import Engine
from interlock.service.control.protocol import ClaimLine, SendCommand, Sent, UnknownName

BY_HAND = Origin(OriginKind.OPERATOR, "cli")
RELEASED = f"released by {BY_HAND}"


async def send(engine: Engine, question: SendCommand, now: datetime, origin: Origin = BY_HAND) -> Sent:
    """Let an engine send a command, and return what became of it.

    Args:
        engine: Runs the site.
        question: Says what is to be sent.
        now: The present.
        origin: Who asks.

    Raises:
        UnknownName: the running site has no such point.
    """
    point = known_point(engine, question.point)
    [coming] = engine.submit([_command(question, engine.new_id(), now, origin)])
    receipt = await coming
    return Sent(
        id=receipt.command.id,
        created_at=now,
        outcome=receipt.outcome,
        at=receipt.at,
        answer=None if receipt.answer is None else encode_value(receipt.answer),
        reason=receipt.reason,
        exchange=receipt.exchange,
        attempts=receipt.attempts,
        value=question.value,
        fields=question.fields,
        unit=engine.site.targets[point].capability.unit,
    )


def release(engine: Engine, point: str) -> int:
    """Let go of what hands and operators claim of a point; return how many claims that were.

    Raises:
        UnknownName: the running site has no such point.
    """
    return engine.arbiter.release(known_point(engine, point), RELEASED)


def claim_lines(engine: Engine) -> Sequence[ClaimLine]:
    """Return every claim, by points in the site's order, the strongest of each first."""
    claimed = set(engine.arbiter.points)
    return [line for point in engine.site.targets if point in claimed for line in claims_on(engine, point)]


def claims_on(engine: Engine, point: Point) -> Iterator[ClaimLine]:
    """Yield the claims on a point, the strongest first."""
    arbiter = engine.arbiter
    for claim in arbiter.array(point):
        yield ClaimLine(
            point=claim.point,
            value=encode_value(claim.value),
            priority=claim.priority,
            owner=str(claim.owner),
            since=claim.since,
            until=claim.until,
            status=arbiter.status(claim),
        )


def known_point(engine: Engine, name: str) -> Point:
    """Return a point of the running site.

    Raises:
        UnknownName: it has no such point.
    """
    point = Point(name)
    if point not in engine.site.targets:
        meant = nearest(name, engine.site.targets)
        hint = f"; did you mean '{meant}'?" if meant else ""
        raise UnknownName(f"the running site has no point '{name}'{hint}")
    return point


def receipt_of(sent: Sent, question: SendCommand) -> Receipt:
    """Return the receipt for what a service was asked to send."""
    return Receipt(
        command=_command(question, sent.id, sent.created_at, BY_HAND),
        outcome=sent.outcome,
        at=sent.at,
        answer=None if sent.answer is None else decode_value(sent.answer),
        reason=sent.reason,
        exchange=sent.exchange,
        attempts=sent.attempts,
    )


def _command(question: SendCommand, command_id: str, at: datetime, origin: Origin) -> Command:
    return Command(
        id=command_id,
        point=Point(question.point),
        value=None if question.value is None else decode_value(question.value),
        fields={name: decode_value(text) for name, text in question.fields.items()},
        origin=origin,
        created_at=at,
        priority=question.priority,
        holds=question.holds,
        until=question.until,
    )
