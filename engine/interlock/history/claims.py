"""Claims on points as rows: written as they come and go, and read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from interlock.history.records import Claimed, LetGo
from interlock.history.tables import claims
from interlock.model import Origin, OriginKind, Point
from interlock.rules.claims import Claim

CLAIMED_ANEW = "the same owner claimed anew"
"""Why a claim ended in whose place its owner put another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastClaim:
    """A claim, and how it ended."""

    claim: Claim
    ended_at: datetime | None
    """None while it stands."""
    why: str
    """Why it does not stand any more; empty while it does."""


def write_claim(connection: Connection, run: int, entry: Claimed | LetGo) -> None:
    """Write that a claim is made, in place of its owner's earlier one, or that it is let go."""
    match entry:
        case Claimed(claim):
            _end(connection, claim, claim.since, CLAIMED_ANEW)
            connection.execute(insert(claims).values(run=run, **_row(claim)))
        case LetGo(claim, at, why):
            _end(connection, claim, at, why)


def read_standing(connection: Connection) -> tuple[Claim, ...]:
    """Return the claims that nobody let go, oldest first."""
    rows = connection.execute(select(claims).where(claims.c.ended_at.is_(None)).order_by(claims.c.seq))
    return tuple(read_claim(row).claim for row in rows.mappings())


def read_claim(row: RowMapping) -> PastClaim:
    """Return the claim of a row."""
    column = claims.c
    claim = Claim(
        point=Point(row[column.point]),
        value=row[column.value],
        priority=row[column.priority],
        owner=Origin(OriginKind(row[column.owner_kind]), row[column.owner_name], row[column.firing]),
        since=row[column.since],
        until=row[column.until],
    )
    return PastClaim(claim=claim, ended_at=row[column.ended_at], why=row[column.why] or "")


def _end(connection: Connection, claim: Claim, at: datetime, why: str) -> None:
    column, owner = claims.c, claim.owner
    is_its = (
        column.ended_at.is_(None),
        column.point == claim.point,
        column.owner_kind == owner.kind.value,
        column.owner_name == owner.name,
    )
    connection.execute(update(claims).where(*is_its).values(ended_at=at, why=why))


def _row(claim: Claim) -> dict[str, object]:
    return {
        "point": claim.point,
        "value": claim.value,
        "priority": claim.priority,
        "owner_kind": claim.owner.kind.value,
        "owner_name": claim.owner.name,
        "firing": claim.owner.firing,
        "since": claim.since,
        "until": claim.until,
    }
