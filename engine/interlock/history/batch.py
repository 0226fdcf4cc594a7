"""The entries of one transaction, as rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from pydantic import TypeAdapter
from sqlalchemy import Connection, Table, Update, bindparam, delete, insert, update

from interlock.driver import Recorded
from interlock.history import tables
from interlock.history.claims import write_claim
from interlock.history.kept import UNFINISHED, encode_kept
from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Entry,
    Firing,
    FiringEnd,
    InterlockTurn,
    LetGo,
    Reload,
    Remembered,
    RuleSwitch,
    Saved,
    ServiceStart,
    Step,
    Unfinished,
)
from interlock.history.spells import Spells
from interlock.history.upserts import upserts_of
from interlock.model import Command, Reading, Receipt
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Decision, Verdict

MEMORY: TypeAdapter[TriggerMemory] = TypeAdapter(TriggerMemory)
"""Writes and reads a trigger's memory as JSON, field by field."""

_Row: TypeAlias = Mapping[str, object]


@dataclass(slots=True)
class _NearMiss:
    first: Decision
    last: Decision
    count: int = 1


class Batch:
    """Sorts entries into the rows of their tables; what replaces or adds up does so before it is written."""

    def __init__(self, run: int, entries: Iterable[Entry]) -> None:
        self._run = run
        self._rows: defaultdict[Table, list[_Row]] = defaultdict(list)
        self._ends: list[_Row] = []
        self._starts: list[ServiceStart] = []
        self._spells = Spells()
        self._near_misses: dict[tuple[str, str, Verdict], _NearMiss] = {}
        self._memory: dict[str, TriggerMemory] = {}
        self._recorded: list[_Row] = []
        self._claims: list[Claimed | LetGo] = []
        self._kept: dict[tuple[str, str], str | None] = {}
        for entry in entries:
            self._add(entry)

    def write(self, connection: Connection, now: datetime) -> None:
        """Write everything, and that the run is alive, inside the connection's transaction."""
        for table, rows in self._rows.items():
            connection.execute(insert(table), rows)
        if self._ends:
            connection.execute(_END_FIRING, self._ends)
        if self._near_misses:
            misses = [_near_miss_row(miss) for miss in self._near_misses.values()]
            connection.execute(upserts_of(connection.dialect.name).near_miss, misses)
        self._spells.write(connection, self._run)
        if self._memory:
            memories = [_memory_row(key, memory) for key, memory in self._memory.items()]
            connection.execute(upserts_of(connection.dialect.name).memory, memories)
        self._write_kept(connection)
        if self._recorded:
            connection.execute(upserts_of(connection.dialect.name).recorded, self._recorded)
        for claim in self._claims:
            write_claim(connection, self._run, claim)
        for start in self._starts:
            connection.execute(self._start(start))
        connection.execute(_SIGN_RUN, {"of_run": self._run, "seen_at": now})

    def _add(self, entry: Entry) -> None:
        if isinstance(entry, Firing):
            self._spells.end(entry.decision.rule.id)
        if row := _row(entry):
            table, values = row
            self._rows[table].append({"run": self._run, **values})
            return
        match entry:
            case FiringEnd():
                self._ends.append(_end_row(entry))
                self._kept[UNFINISHED, entry.firing] = None
            case Claimed() | LetGo():
                self._claims.append(entry)
            case Recorded():
                self._recorded.append({"point": entry.point, "at": entry.at, "value": entry.value})
            case Unfinished() | Saved() | RuleSwitch():
                kind, key, content = encode_kept(entry)
                self._kept[kind, key] = content
            case Decision():
                self._add_decision(entry)
            case Remembered():
                self._memory[entry.key] = entry.memory
            case ServiceStart():
                self._starts.append(entry)

    def _write_kept(self, connection: Connection) -> None:
        items = self._kept.items()
        written = [{"kind": kind, "key": key, "content": text} for (kind, key), text in items if text]
        over = [{"of_kind": kind, "of_key": key} for (kind, key), text in items if not text]
        if written:
            connection.execute(upserts_of(connection.dialect.name).kept, written)
        if over:
            connection.execute(_FORGET, over)

    def _add_decision(self, decision: Decision) -> None:
        if decision.verdict is Verdict.FIRED:
            return
        self._spells.add(decision)
        key = decision.rule.id, decision.cause.trigger, decision.verdict
        known = self._near_misses.get(key)
        if known is None:
            self._near_misses[key] = _NearMiss(decision, decision)
        else:
            known.last = decision
            known.count += 1

    def _start(self, start: ServiceStart) -> Update:
        this_run = update(tables.runs).where(tables.runs.c.number == self._run)
        return this_run.values(started_at=start.at, version=start.version, is_dry_run=start.is_dry_run)


def _row(entry: Entry) -> tuple[Table, _Row] | None:
    """Return the row that an entry adds to a table; None for what changes other rows."""
    match entry:
        case Reading():
            return tables.readings, _reading_row(entry)
        case Command():
            return tables.commands, _command_row(entry)
        case Receipt():
            return tables.receipts, _receipt_row(entry)
        case Firing():
            return tables.firings, _firing_row(entry)
        case Step():
            return tables.steps, _step_row(entry)
        case ConnectionEvent():
            return tables.connection_events, _event_row(entry)
        case InterlockTurn():
            return tables.interlock_turns, _turn_row(entry)
        case Reload():
            return tables.reloads, {"at": entry.at, "changes": entry.changes}
        case _:
            return None


def _reading_row(reading: Reading) -> _Row:
    return {
        "point": reading.point,
        "value": reading.value,
        "observed_at": reading.observed_at,
        "quality": reading.quality.value,
        "reason": reading.reason,
        "since": reading.since,
    }


def _command_row(command: Command) -> _Row:
    return {
        "id": command.id,
        "point": command.point,
        "value": command.value,
        "fields": command.fields,
        "origin_kind": command.origin.kind.value,
        "origin_name": command.origin.name,
        "firing": command.origin.firing,
        "created_at": command.created_at,
        "priority": command.priority,
        "shadow": command.shadow,
    }


def _receipt_row(receipt: Receipt) -> _Row:
    return {
        "command": receipt.command.id,
        "outcome": receipt.outcome.value,
        "at": receipt.at,
        "answer": receipt.answer,
        "reason": receipt.reason,
        "exchange": receipt.exchange,
        "attempts": receipt.attempts,
    }


def _firing_row(firing: Firing) -> _Row:
    decision = firing.decision
    return {
        "id": firing.id,
        "rule": decision.rule.id,
        "at": decision.at,
        "trigger": decision.cause.trigger,
        "trigger_id": decision.cause.trigger_id,
        "cause_point": decision.cause.point,
        "cause_value": decision.cause.value,
        "cause_was": decision.cause.was,
        "also": decision.cause.also,
        "condition": decision.condition,
        "truth": decision.truth,
        "seen": decision.seen,
        "reason": decision.reason,
    }


def _step_row(step: Step) -> _Row:
    return {"firing": step.firing, "at": step.at, "text": step.text, "note": step.note}


def _end_row(end: FiringEnd) -> _Row:
    return {"of_id": end.firing, "ended_at": end.at, "outcome": end.outcome}


def _event_row(event: ConnectionEvent) -> _Row:
    return {"at": event.at, "connection": event.connection, "text": event.text}


def _turn_row(turn: InterlockTurn) -> _Row:
    return {
        "interlock": turn.interlock,
        "at": turn.at,
        "is_broken": turn.is_broken,
        "reason": turn.reason,
    }


def _near_miss_row(miss: _NearMiss) -> _Row:
    return {
        "rule": miss.last.rule.id,
        "trigger": miss.last.cause.trigger,
        "verdict": miss.last.verdict.value,
        "first_at": miss.first.at,
        "last_at": miss.last.at,
        "count": miss.count,
        "reason": miss.last.reason,
    }


def _memory_row(key: str, memory: TriggerMemory) -> _Row:
    # Not pydantic's own JSON: it cannot spell the lone surrogates that a trigger's text may hold.
    return {"key": key, "content": json.dumps(MEMORY.dump_python(memory, mode="json"))}


_SIGN_RUN = (
    update(tables.runs)
    .where(tables.runs.c.number == bindparam("of_run"))
    .values(seen_at=bindparam("seen_at"))
)

_END_FIRING = (
    update(tables.firings)
    .where(tables.firings.c.id == bindparam("of_id"))
    .values(ended_at=bindparam("ended_at"), outcome=bindparam("outcome"))
)

_FORGET = delete(tables.kept).where(
    tables.kept.c.kind == bindparam("of_kind"), tables.kept.c.key == bindparam("of_key")
)
