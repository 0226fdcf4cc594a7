"""The last near misses of each kind, as rows: rings that nothing else shares, and that push out nothing else.

A kind is a trigger and a verdict of one rule. What missed for the same reason several times on end is one
spell, so that a ring reaches far back where nothing changes; how often each kind came in all stands in
`near_misses`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Select, and_, bindparam, delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from interlock.history.tables import near_miss_spells
from interlock.rules.rule import Decision

MOST_SPELLS = 20
"""Of each kind: what came before is only counted."""

_Kind: TypeAlias = tuple[str, str, str]
_Row: TypeAlias = Mapping[str, object]


@dataclass(slots=True)
class _Spell:
    first: Decision
    last: Decision
    reason: str
    count: int = 1


class Spells:
    """The near misses of one transaction, as few of them as their rings hold."""

    def __init__(self) -> None:
        self._rings: dict[_Kind, deque[_Spell]] = {}

    def add(self, decision: Decision) -> None:
        """Take in a near miss."""
        kind = decision.rule.id, decision.cause.trigger, decision.verdict.value
        ring = self._rings.setdefault(kind, deque(maxlen=MOST_SPELLS))
        reason = decision.reason
        if ring and ring[-1].reason == reason:
            ring[-1].last = decision
            ring[-1].count += 1
        else:
            ring.append(_Spell(decision, decision, reason))

    async def write(self, connection: AsyncConnection, run: int) -> None:
        """Let the last spell of each kind go on, where it does; add the others, and forget the oldest."""
        if not self._rings:
            return
        firsts = [_row(run, ring[0]) for ring in self._rings.values()]
        await connection.execute(_GO_ON, firsts)
        await connection.execute(_BEGIN, firsts)
        others = [_row(run, spell) for ring in self._rings.values() for spell in list(ring)[1:]]
        if others:
            await connection.execute(_ADD, others)
        await connection.execute(_FORGET, firsts)


def _row(run: int, spell: _Spell) -> _Row:
    return {
        "of_run": run,
        "of_rule": spell.last.rule.id,
        "of_trigger": spell.last.cause.trigger,
        "of_verdict": spell.last.verdict.value,
        "began_at": spell.first.at,
        "came_at": spell.last.at,
        "times": spell.count,
        "why": spell.reason,
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


def _of_kind(query: Select[tuple[int]]) -> Select[tuple[int]]:
    column = _other.c
    return query.where(
        and_(
            column.rule == bindparam("of_rule", type_=_column.rule.type),
            column.trigger == bindparam("of_trigger", type_=_column.trigger.type),
            column.verdict == bindparam("of_verdict", type_=_column.verdict.type),
        )
    )


_LAST = _of_kind(select(func.max(_other.c.seq))).scalar_subquery()
_IS_SAME = and_(_column.seq == _LAST, _column.reason == _VALUES[_column.reason])
_GO_ON = (
    update(near_miss_spells)
    .where(_IS_SAME)
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
_ADD = insert(near_miss_spells).values({column.name: each for column, each in _VALUES.items()})
_OLDEST = (
    _of_kind(select(_other.c.seq))
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
