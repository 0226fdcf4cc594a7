"""What is wanted of a point in one moment: by a command, or by the claim that wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.model import DEFAULT_PRIORITY, Command, Origin, OriginKind, Outcome, Point, Value, format_value
from interlock.rules.claims import Claim, named
from interlock.runtime.commands.gate import Verdict
from interlock.runtime.commands.orders import Order

NEWER = "a newer command came"
"""Why what waited is not sent any more."""
DEFAULT_OWNER = Origin(OriginKind.DEFAULT, "default")


@dataclass(slots=True, eq=False)
class Wish:
    """A command that wants to be sent, with what was said to it so far."""

    order: Order
    claim: Claim | None = None
    """The one that wins, where it is for a claim."""
    told: Outcome | None = None
    """What its last receipt said; None where it had none."""
    is_answered: bool = False
    """Whether its order has had its last receipt: what is sent later is another one."""
    verdict: Verdict | None = None
    """What the gate said last; None where it was not asked yet."""
    gives_up_at: datetime | None = None
    """When an interlock has let it wait long enough."""

    @property
    def command(self) -> Command:
        """What is wanted."""
        return self.order.command

    @property
    def is_deferred(self) -> bool:
        """Whether it was told to wait, so that a second receipt is to come."""
        return self.told is Outcome.DEFERRED and not self.is_answered

    def is_for(self, claim: Claim) -> bool:
        """Whether this is what a claim wants."""
        mine = self.claim
        return (
            mine is not None
            and mine.value == claim.value
            and mine.priority == claim.priority
            and named(mine.owner) == named(claim.owner)
        )


def precedence(command: Command) -> tuple[int, bool]:
    """Return which of a moment's commands for a point counts: the last for which this is the greatest."""
    return -command.priority, command.origin.kind is OriginKind.OPERATOR


def is_state(order: Order) -> bool:
    """Whether a command sets what its point holds; what starts something passes by all claims."""
    capability = order.target.capability
    return order.command.value is not None and not capability.is_trigger and not order.command.fields


def standing(claim: Claim, zone: ZoneInfo) -> str:
    """Return who keeps a point at what, in words."""
    since = claim.since.astimezone(zone).strftime("%H:%M")
    value = format_value(claim.value)
    return f"{claim.owner} keeps it at {value}, priority {claim.priority}, since {since}"


def default_claim(point: Point, value: Value, now: datetime) -> Claim:
    """Return the claim of a point's default, which stands until it is there."""
    return Claim(point=point, value=value, priority=DEFAULT_PRIORITY, owner=DEFAULT_OWNER, since=now)


def claim_of(command: Command, now: datetime) -> Claim:
    """Return the claim that a command makes which holds something."""
    assert command.value is not None
    return Claim(
        point=command.point,
        value=command.value,
        priority=command.priority,
        owner=command.origin,
        since=now,
        until=command.until,
    )
