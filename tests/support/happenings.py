"""What happens in a simulation, each with a default for what a test does not speak of."""

from datetime import datetime

from interlock.history.records import Firing, FiringEnd
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Receipt, Value
from interlock.rules.rule import Verdict
from support.journal_entries import decision


def fired(number: int, *, rule: str = "cool-living-room", verdict: Verdict = Verdict.FIRED) -> Firing:
    return Firing(f"1-{number}", decision(rule_id=rule, verdict=verdict))


def ended(number: int, at: datetime, outcome: str = "done") -> FiringEnd:
    return FiringEnd(f"1-{number}", at, outcome)


def answered(
    point: Point,
    value: Value | None,
    at: datetime,
    *,
    by: str = "cool-living-room",
    outcome: Outcome = Outcome.ACCEPTED,
    reason: str = "",
) -> Receipt:
    origin = Origin(OriginKind.RULE, by, "1-1")
    command = Command(id="1-2", point=point, value=value, origin=origin, created_at=at)
    return Receipt(command=command, outcome=outcome, at=at, reason=reason)
