"""Claims on points while no service runs: as its journal has them."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.clock import WallClock
from interlock.config.journal_place import JournalPlace
from interlock.errors import NoJournalYet
from interlock.history.claims import PastClaim
from interlock.history.queries import JournalReader
from interlock.history.records import LetGo
from interlock.history.values import encode_value
from interlock.model import Point
from interlock.rules.claims import Claim, rank
from interlock.runtime.commands.register import BY_PEOPLE
from interlock.service.by_hand.rules_at_rest import record_at_rest
from interlock.service.control.protocol import ClaimLine
from interlock.service.control.sending import RELEASED


async def lines_at_rest(journal: JournalPlace) -> Sequence[ClaimLine]:
    """Return the claims that stand at the next start of the service, by points, the strongest first.

    Raises:
        JournalError: the journal cannot be read; that there is none yet is no error.
    """
    now = WallClock().now()
    standing = [each.claim for each in await _standing(journal)]
    return [
        _line(claim)
        for claim in sorted(standing, key=lambda claim: (claim.point, rank(claim)))
        if claim.until is None or claim.until > now
    ]


async def release_at_rest(point: Point, journal: JournalPlace) -> int:
    """Let go of what hands and operators claim of a point; return how many claims that were.

    Raises:
        JournalError: the journal cannot be read or written.
    """
    found = [each.claim for each in await _standing(journal) if each.claim.point == point]
    claims = [each for each in found if each.owner.kind in BY_PEOPLE]
    if claims:
        now = WallClock().now()
        await record_at_rest(journal, *(LetGo(claim, now, RELEASED) for claim in claims))
    return len(claims)


async def _standing(journal: JournalPlace) -> Sequence[PastClaim]:
    try:
        async with JournalReader(journal) as reader:
            return await reader.standing_claims()
    except NoJournalYet:
        return ()


def _line(claim: Claim) -> ClaimLine:
    return ClaimLine(
        point=claim.point,
        value=encode_value(claim.value),
        priority=claim.priority,
        owner=str(claim.owner),
        since=claim.since,
        until=claim.until,
        status="no service runs",
    )
