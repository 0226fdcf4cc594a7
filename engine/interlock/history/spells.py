"""The last near misses of each kind, as rows: rings that nothing else shares, and that push out nothing else.

A kind is a trigger and a verdict of one rule. What missed for the same reason several times on end is one
spell, so that a ring reaches far back where nothing changes; another verdict of the trigger ends it, and so
does a firing. How often each kind came in all stands in `near_misses`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    select,
    update,
)

from interlock.history.tables import firings, near_miss_spells
from interlock.rules.rule import Cause, Decision

MOST_SPELLS = 20
"""Of each kind: what came before is only counted."""

_Kind: TypeAlias = tuple[str, str, str]
_Row: TypeAlias = Mapping[str, object]


@dataclass(slots=True)
class _Spell:
    first: Decision
    last: Decision
    count: int = 1


class Spells:
    """The near misses of one transaction, as few of them as their rings hold."""

    def __init__(self) -> None:
        self._rings: dict[_Kind, deque[_Spell]] = {}
        self._last: dict[tuple[str, str], str] = {}
        """Which verdict each trigger of a rule came to last, as long as the rule has not fired since."""

    def add(self, decision: Decision) -> None:
        """Take in a near miss."""
        rule, trigger, verdict = decision.rule.id, decision.cause.trigger, decision.verdict.value
        ring = self._rings.setdefault((rule, trigger, verdict), deque(maxlen=MOST_SPELLS))
        last = self._last.get((rule, trigger))
        self._last[rule, trigger] = verdict
        if ring and last == verdict and _is_alike(ring[-1].last, decision):
            ring[-1].last = decision
            ring[-1].count += 1
        else:
            ring.append(_Spell(decision, decision))

    def end(self, rule: str) -> None:
        """Let no spell of a rule go on, because it fires."""
        for key in [key for key in self._last if key[0] == rule]:
            del self._last[key]

    def write(self, connection: Connection, run: int) -> None:
        """Let the last spell of each kind go on, where it does; add the others, and forget the oldest."""
        if not self._rings:
            return
        firsts = [_row(run, ring[0]) for ring in self._rings.values()]
        spells = sorted((spell for ring in self._rings.values() for spell in ring), key=_began)
        connection.execute(_GO_ON, firsts)
        connection.execute(_BEGIN, [_row(run, spell) for spell in spells])
        connection.execute(_FORGET, firsts)


def _is_alike(one: Decision, other: Decision) -> bool:
    """Whether two decisions of one kind have the same reason; to write both out would take much longer."""
    return (
        one.seen == other.seen
        and one.note == other.note
        and one.condition == other.condition
        and _told(one.cause) == _told(other.cause)
    )


def _told(cause: Cause) -> tuple[object, ...]:
    """Return what a reason says of a cause besides its trigger."""
    return cause.point, cause.value, cause.was, cause.event, cause.also


def _began(spell: _Spell) -> datetime:
    return spell.first.at


def _row(run: int, spell: _Spell) -> _Row:
    return {
        "of_run": run,
        "of_rule": spell.last.rule.id,
        "of_trigger": spell.last.cause.trigger,
        "of_verdict": spell.last.verdict.value,
        "began_at": spell.first.at,
        "came_at": spell.last.at,
        "times": spell.count,
        "why": spell.last.reason,
        "saw": spell.last.seen,
    }


_column, _other = near_miss_spells.c, near_miss_spells.alias()
_GIVEN = {
    _column.run: "of_run",
    _column.rule: "of_rule",
    _column.trigger: "of_trigger",
    _column.verdict: "of_verdict",
    _column.first_at: "began_at",
    _column.last_at: "came_at",
    _column["count"]: "times",
    _column.reason: "why",
    _column.seen: "saw",
}
_VALUES = {column: bindparam(name, type_=column.type) for column, name in _GIVEN.items()}


_IS_OF_TRIGGER = and_(_other.c.rule == _VALUES[_column.rule], _other.c.trigger == _VALUES[_column.trigger])
_LAST = select(func.max(_other.c.seq)).where(_IS_OF_TRIGGER).scalar_subquery()
_FIRED_AT = (
    select(firings.c.at)
    .where(firings.c.rule == _VALUES[_column.rule], firings.c.at <= _VALUES[_column.first_at])
    .order_by(firings.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_HAS_FIRED = func.coalesce(_column.last_at < _FIRED_AT, false())
_IS_SAME = and_(
    _column.seq == _LAST,
    _column.verdict == _VALUES[_column.verdict],
    _column.reason == _VALUES[_column.reason],
)
_GO_ON = (
    update(near_miss_spells)
    .where(_IS_SAME, ~_HAS_FIRED)
    .values(
        last_at=_VALUES[_column.last_at],
        count=_column["count"] + _VALUES[_column["count"]],
        seen=_VALUES[_column.seen],
    )
)
_HAS_GONE_ON = exists().where(_IS_SAME, _column.last_at == _VALUES[_column.last_at])
_BEGIN = insert(near_miss_spells).from_select(
    list(_VALUES), select(*_VALUES.values()).where(literal(1) == 1, ~_HAS_GONE_ON)
)
_OLDEST = (
    select(_other.c.seq)
    .where(_IS_OF_TRIGGER, _other.c.verdict == _VALUES[_column.verdict])
    .order_by(_other.c.seq.desc())
    .offset(MOST_SPELLS)
    .limit(1)
    .scalar_subquery()
)
_FORGET = delete(near_miss_spells).where(
    _column.rule == _VALUES[_column.rule],
    _column.trigger == _VALUES[_column.trigger],
    _column.verdict == _VALUES[_column.verdict],
    _column.seq <= _OLDEST,
)
