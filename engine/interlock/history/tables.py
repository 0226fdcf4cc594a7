"""The journal's tables. A change here is a new version, with its step in `interlock.history.schema`.

The ids of firings and commands begin with the number of their run, so that they are unique.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text

from interlock.history.columns import FieldValues, Instant, Name, SeenPoints, Sentence, Sentences, TypedValue

METADATA = MetaData()


def _sequence() -> Column[int]:
    """The order of recording; SQLite keeps it for nothing."""
    return Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _run() -> Column[int]:
    # No foreign key: a server would look through all tables for each run that is deleted.
    return Column("run", Integer, nullable=False)


meta = Table("meta", METADATA, Column("version", Integer, nullable=False))

runs = Table(
    "runs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("is_service", Boolean, nullable=False),
    Column("started_at", Instant),
    Column("version", Name),
    Column("is_dry_run", Boolean),
    sqlite_autoincrement=True,
)

readings = Table(
    "readings",
    METADATA,
    _sequence(),
    _run(),
    Column("point", Name, nullable=False),
    Column("value", TypedValue),
    Column("observed_at", Instant, nullable=False),
    Column("quality", Name, nullable=False),
    Column("reason", Sentence, nullable=False),
    Column("since", Instant),
    Index("readings_by_point", "point", "seq"),
)

firings = Table(
    "firings",
    METADATA,
    _sequence(),
    _run(),
    Column("id", Name, nullable=False),
    Column("rule", Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("trigger", Sentence, nullable=False),
    Column("trigger_id", Name, nullable=False),
    Column("cause_point", Name),
    Column("cause_value", TypedValue),
    Column("cause_was", TypedValue),
    Column("also", Sentences, nullable=False),
    Column("condition", Sentence, nullable=False),
    Column("truth", Boolean),
    Column("seen", SeenPoints, nullable=False),
    Column("reason", Sentence, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Sentence),
    Index("firings_by_rule", "rule", "seq"),
    Index("firings_by_id", "id", "run"),
)

near_misses = Table(
    "near_misses",
    METADATA,
    Column("rule", Name, primary_key=True),
    Column("trigger", Sentence, primary_key=True),
    Column("verdict", Name, primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("reason", Sentence, nullable=False),
)

near_miss_spells = Table(
    "near_miss_spells",
    METADATA,
    _sequence(),
    _run(),
    Column("rule", Name, nullable=False),
    Column("trigger", Sentence, nullable=False),
    Column("verdict", Name, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("reason", Sentence, nullable=False),
    Column("seen", SeenPoints, nullable=False),
    Index("near_miss_spells_by_kind", "rule", "trigger", "verdict", "seq"),
)
"""The last of what `near_misses` counts, a few of each kind."""

steps = Table(
    "steps",
    METADATA,
    _sequence(),
    _run(),
    Column("firing", Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Sentence, nullable=False),
    Column("note", Sentence, nullable=False),
    Index("steps_by_firing", "firing", "run"),
)

commands = Table(
    "commands",
    METADATA,
    _sequence(),
    _run(),
    Column("id", Name, nullable=False),
    Column("point", Name, nullable=False),
    Column("value", TypedValue),
    Column("fields", FieldValues, nullable=False),
    Column("origin_kind", Name, nullable=False),
    Column("origin_name", Name, nullable=False),
    Column("firing", Name, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("shadow", Boolean, nullable=False),
    Index("commands_by_point", "point", "seq"),
    Index("commands_by_firing", "firing", "run"),
)

receipts = Table(
    "receipts",
    METADATA,
    _sequence(),
    _run(),
    Column("command", Name, nullable=False),
    Column("outcome", Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("answer", TypedValue),
    Column("reason", Sentence, nullable=False),
    Column("exchange", Sentence, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("receipts_by_command", "command", "run"),
)

memory = Table(
    "memory",
    METADATA,
    Column("key", Name, primary_key=True),
    Column("content", Text, nullable=False),
)

kept = Table(
    "kept",
    METADATA,
    Column("kind", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    Column("content", Text, nullable=False),
)
"""What lasts until it is replaced or over: firings that have not ended, saved values, switched rules."""

recorded = Table(
    "recorded",
    METADATA,
    Column("point", Name, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("value", TypedValue, nullable=False),
)
"""What devices remembered themselves, fetched from them: not what the service saw."""

reloads = Table(
    "reloads",
    METADATA,
    _sequence(),
    _run(),
    Column("at", Instant, nullable=False),
    Column("changes", Sentences, nullable=False),
)

claims = Table(
    "claims",
    METADATA,
    _sequence(),
    _run(),
    Column("point", Name, nullable=False),
    Column("value", TypedValue, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("owner_kind", Name, nullable=False),
    Column("owner_name", Name, nullable=False),
    Column("firing", Name, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("ended_at", Instant),
    Column("why", Sentence),
    Index("claims_by_point", "point", "seq"),
)
"""Who wanted which value of a point, how strongly, and since when; `ended_at` is NULL while it stands."""

interlock_turns = Table(
    "interlock_turns",
    METADATA,
    _sequence(),
    _run(),
    Column("interlock", Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("is_broken", Boolean, nullable=False),
    Column("reason", Sentence, nullable=False),
)

connection_events = Table(
    "connection_events",
    METADATA,
    _sequence(),
    _run(),
    Column("at", Instant, nullable=False),
    Column("connection", Name, nullable=False),
    Column("text", Sentence, nullable=False),
)
