"""What the journal of the year's soak has to hold by now: counted beside it, and compared with its rows.

A journal that is kept for thirty days holds what was recorded in them, and of what is older the few rows of
each point and rule that a start or an explanation still needs. How much that is, is as the dice fall: so rows
are not compared with what they were months ago, but with what was recorded.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Entry,
    Firing,
    InterlockTurn,
    Reload,
    Remembered,
    Step,
)
from interlock.model import Command, Point, Reading, Receipt
from interlock.rules.rule import Decision, Verdict

GRACE = timedelta(days=3)
"""A clean-up is put off for a day by a clock that was set back, and for hours by a disk that is full."""
FULL = 0.75
"""How full a journal is at least that lets go of what is younger than `keep`, of what `max_size` allows."""
SPELLS = 20
"""Near misses of each kind that are kept one by one."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A table whose rows go by their age, and what stays of it though it is old."""

    table: str
    at: str
    """The column that tells how old a row is."""
    heads: int = 0
    """How many old rows of each group may stay."""
    group: str = "NULL"
    """The column by which these are counted."""
    stays: str = "FALSE"
    """Which old rows may stay however many they are."""
    is_counted: bool = True
    """Whether it has a row for each entry."""


KINDS = (
    # What held and what was known when the rest begins; the last value, since when, and what came after it.
    Kind("readings", "observed_at", 5, "point"),
    # What was wanted last, and what was sent last.
    Kind("commands", "created_at", 2, "point"),
    Kind("receipts", "at", stays="command IN (SELECT id FROM commands)"),
    # The last, and the last that counted.
    Kind("firings", "at", 2, "rule", "id IN (SELECT firing FROM commands UNION SELECT firing FROM claims)"),
    Kind("steps", "at", stays="firing IN (SELECT id FROM firings)"),
    Kind("claims", "since", stays="ended_at IS NULL OR ended_at >= :old"),
    Kind("connection_events", "at", 1, "connection"),
    Kind("interlock_turns", "at", 1, "interlock"),
    Kind("reloads", "at"),
    Kind("near_misses", "last_at", is_counted=False),
    Kind("near_miss_spells", "last_at", is_counted=False),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a journal may hold, as its site says."""

    keep: timedelta
    most_bytes: int


class Tally:
    """Counts what is recorded, by the hour at which it says that it was."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, datetime]] = Counter()
        self._of_run: Counter[tuple[str, datetime]] = Counter()
        """Of these, what the run that is under way recorded."""
        self._last: dict[Point, Reading] = {}
        self._distinct: dict[str, set[object]] = {"memory": set(), "near_misses": set()}
        """The keys of rows that are replaced or added up."""

    def begin_run(self, unanswered: int, last_seen: datetime | None) -> None:
        """Learn that a service starts, to how many commands of the one before its journal gives a receipt."""
        if last_seen is not None:
            self._counts["receipts", _hour(last_seen)] += unanswered
        self._of_run.clear()
        self._last.clear()

    def see(self, entries: Iterable[Entry]) -> None:
        """Count entries; a reading that says what its point's last one said is none."""
        for entry in entries:
            if isinstance(entry, Remembered):
                self._distinct["memory"].add(entry.key)
            elif isinstance(entry, Decision):
                self._see_near_miss(entry)
            elif not (isinstance(entry, Reading) and self._is_repeated(entry)):
                self._count(entry)

    def repeat(self, readings: Iterable[Reading], age: timedelta) -> None:
        """Count the readings of heartbeats: those that say what was said so long before."""
        for reading in readings:
            if (
                self._is_repeated(reading)
                and reading.observed_at - self._last[reading.point].observed_at >= age
            ):
                self._count(reading)

    def _see_near_miss(self, decision: Decision) -> None:
        if decision.verdict is not Verdict.FIRED:
            key = decision.rule.id, decision.cause.trigger, decision.verdict
            self._distinct["near_misses"].add(key)

    def _is_repeated(self, reading: Reading) -> bool:
        last = self._last.get(reading.point)
        return last is not None and _said(last) == _said(reading)

    def _count(self, entry: Entry) -> None:
        if isinstance(entry, Reading):
            self._last[entry.point] = entry
        if row := _row(entry):
            table, at = row
            self._counts[table, _hour(at)] += 1
            self._of_run[table, _hour(at)] += 1

    def judge(self, path: Path, now: datetime, limits: Limits, *, is_written: bool = True) -> list[str]:
        """Return what is wrong with the rows of a journal.

        Args:
            path: Its file.
            now: The present instant of the clock by which it tidies up.
            limits: What it may hold.
            is_written: Whether all that was recorded is in it.
        """
        young, old = _hour(now - limits.keep) + _HOUR, _hour(now - limits.keep - GRACE)
        self._forget(old)
        with closing(sqlite3.connect(path)) as database:
            found = [*self._surplus(database, young), *_left_over(database, old)]
            if is_written and _held(database) < limits.most_bytes * FULL:
                found += self._missing(database, young)
        return found

    def _surplus(self, database: sqlite3.Connection, young: datetime) -> Iterator[str]:
        """Say of which table there is more than was recorded."""
        for kind in KINDS:
            rows, most = _rows(database, kind, young), self._since(self._counts, kind, young)
            if kind.is_counted and rows > most:
                yield f"{kind.table} has {rows} rows since {young}, and {most} were recorded"
        misses = len(self._distinct["near_misses"])
        most_of = {"memory": len(self._distinct["memory"]), "near_misses": misses}
        for table, most in {**most_of, "near_miss_spells": misses * SPELLS}.items():
            [(rows,)] = database.execute(f"SELECT count(*) FROM {table}")
            if rows > most:
                yield f"{table} has {rows} rows, and may have {most}"

    def _missing(self, database: sqlite3.Connection, young: datetime) -> Iterator[str]:
        """Say of which table there is less than this run recorded."""
        for kind in filter(lambda each: each.is_counted, KINDS):
            rows, least = _rows(database, kind, young, of_run=True), self._since(self._of_run, kind, young)
            if rows < least:
                yield f"{kind.table} has {rows} rows of this run since {young}, and {least} were recorded"

    @staticmethod
    def _since(counts: Mapping[tuple[str, datetime], int], kind: Kind, since: datetime) -> int:
        return sum(count for (table, at), count in counts.items() if table == kind.table and at >= since)

    def _forget(self, before: datetime) -> None:
        for counts in (self._counts, self._of_run):
            for key in [key for key in counts if key[1] < before]:
                del counts[key]


def _left_over(database: sqlite3.Connection, old: datetime) -> Iterator[str]:
    """Say of which table there is more of what is old than has to stay."""
    for kind in KINDS:
        too_many = (
            f"SELECT {kind.group}, count(*) FROM {kind.table} WHERE {kind.at} < :old AND NOT ({kind.stays})"
            f" GROUP BY {kind.group} HAVING count(*) > {kind.heads}"
        )
        for group, count in database.execute(too_many, {"old": _text(old)}):
            of_group = "" if group is None else f" of {group}"
            yield f"{kind.table} has {count} rows{of_group} from before {old}, and may have {kind.heads}"


def _rows(database: sqlite3.Connection, kind: Kind, since: datetime, *, of_run: bool = False) -> int:
    where = " AND run = (SELECT max(number) FROM runs)" if of_run else ""
    query = f"SELECT count(*) FROM {kind.table} WHERE {kind.at} >= ?{where}"
    [(count,)] = database.execute(query, (_text(since),))
    return int(count)


def _held(database: sqlite3.Connection) -> int:
    """Return how many bytes of a file are not free."""
    pages, free, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _row(entry: Entry) -> tuple[str, datetime] | None:
    """Return to which table an entry adds a row, and from when that is; None where it adds none."""
    match entry:
        case Reading():
            return "readings", entry.observed_at
        case Command():
            return "commands", entry.created_at
        case Receipt():
            return "receipts", entry.at
        case Firing():
            return "firings", entry.decision.at
        case Step():
            return "steps", entry.at
        case Claimed():
            return "claims", entry.claim.since
        case ConnectionEvent():
            return "connection_events", entry.at
        case InterlockTurn():
            return "interlock_turns", entry.at
        case Reload():
            return "reloads", entry.at
    return None


def _said(reading: Reading) -> tuple[object, ...]:
    # True == 1 == 1.0, and as values they differ.
    return type(reading.value), reading.value, reading.quality


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _text(at: datetime) -> str:
    """Return an instant as the journal's columns have it."""
    return at.isoformat(timespec="microseconds")
