"""Entries for a journal, each with a default for what a test does not speak of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock.config.nodes import Mark, ScalarNode, SourceFile
from interlock.history.records import Firing, Unfinished
from interlock.model import (
    Command,
    Origin,
    OriginKind,
    Outcome,
    Point,
    Quality,
    Reading,
    Receipt,
    Truth,
    Value,
)
from interlock.rules.rule import Cause, Decision, Mode, Rule, Seen, Verdict
from interlock.rules.written import Written

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
TEMPERATURE = Point("living_thermostat.actualtemp")
AC_MODE = Point("living_ac.hvacmode")


def write_shopping_list(path: Path) -> None:
    """Make a file that is no database."""
    path.write_text("this is a shopping list, not a database\n" * 50)


class HandClock:
    """Tells the time that it was set to."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> timedelta:
        return self.time - START

    def advance(self, **duration: float) -> None:
        self.time += timedelta(**duration)


def minute(number: int) -> datetime:
    """The start, and so many minutes."""
    return START + timedelta(minutes=number)


def reading(
    value: Value | None = 26.4,
    *,
    point: Point = TEMPERATURE,
    at: datetime = START,
    quality: Quality = Quality.GOOD,
    reason: str = "",
) -> Reading:
    return Reading(point=point, value=value, observed_at=at, quality=quality, reason=reason)


def rule(rule_id: str = "cool-living-room") -> Rule:
    return Rule(
        id=rule_id,
        description="",
        mode=Mode.ON,
        triggers=(),
        condition=None,
        actions=(),
        written=Written(ScalarNode(Mark(SourceFile("rules.yaml", ""), 1, 1), "", "")),
    )


def decision(
    *,
    rule_id: str = "cool-living-room",
    at: datetime = START,
    verdict: Verdict = Verdict.FIRED,
    truth: Truth = True,
    cause: Cause | None = None,
    seen: tuple[Seen, ...] = (),
    condition: str = "living_thermostat.actualtemp > 26",
) -> Decision:
    return Decision(
        rule=rule(rule_id),
        at=at,
        cause=cause or Cause("every 1m"),
        verdict=verdict,
        condition=condition,
        truth=truth,
        seen=seen,
    )


def near_miss(
    *, at: datetime = START, verdict: Verdict = Verdict.CONDITION_FALSE, trigger: str = "every 1m"
) -> Decision:
    return decision(at=at, verdict=verdict, truth=False, cause=Cause(trigger))


def firing(firing_id: str = "1-1", *, rule_id: str = "cool-living-room") -> Firing:
    return Firing(firing_id, decision(rule_id=rule_id))


def command(
    command_id: str = "1-1.1", *, point: Point = AC_MODE, value: Value | None = "cooling", firing: str = ""
) -> Command:
    origin = (
        Origin(OriginKind.RULE, "cool-living-room", firing) if firing else Origin(OriginKind.OPERATOR, "cli")
    )
    return Command(id=command_id, point=point, value=value, origin=origin, created_at=START)


def receipt(of: Command, *, outcome: Outcome = Outcome.ACCEPTED, exchange: str = "") -> Receipt:
    return Receipt(command=of, outcome=outcome, at=START, exchange=exchange)


def unfinished(firing: str = "1-1", **changes: object) -> Unfinished:
    """Where a firing is that waits in the middle of its actions."""
    known = Unfinished(
        firing=firing,
        rule="cool-living-room",
        digest="abc",
        part="actions",
        names={"trigger": {"point": TEMPERATURE, "value": 26.4, "at": START}},
        variables={"target": 21, "name": "evening", "pause": timedelta(minutes=5)},
        notes={"": {"next": 1}, "/1": {"due": minute(10)}},
        is_dry=True,
    )
    return replace(known, **changes)  # type: ignore[arg-type]
