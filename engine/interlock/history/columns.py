"""Column types of the journal's tables: what they take is stored safely and comes back exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from interlock.history.values import decode_value, encode_value
from interlock.model import Point, Value
from interlock.redaction import redactor
from interlock.rules.rule import Seen

_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""In the same order everywhere, whatever language the server speaks: SQLite compares bytes."""


def _encodable(text: str) -> str:
    # YAML and JSON can spell lone surrogates, which UTF-8 cannot hold, and NUL, which PostgreSQL cannot; one
    # must not block the journal.
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


class Name(TypeDecorator[str]):
    """An identifier: a point, a rule, a firing. Stored as it is."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else _encodable(value)


class Sentence(TypeDecorator[str]):
    """A text for people. No secret gets past it into the file."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else _encodable(redactor.redact(value))


class Sentences(TypeDecorator[tuple[str, ...]]):
    """Texts for people, in order; as safe as a `Sentence`."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else json.dumps([redactor.redact(text) for text in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Return what was stored."""
        return None if value is None else tuple(json.loads(value))


class Instant(TypeDecorator[datetime]):
    """An instant, as ISO text in UTC of one length, so that texts sort as instants do."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return what was stored."""
        return None if value is None else datetime.fromisoformat(value)


class TypedValue(TypeDecorator[Value]):
    """A point's value with its type; none is NULL."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else encode_value(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value | None:
        """Return what was stored."""
        return None if value is None else decode_value(value)


class FieldValues(TypeDecorator[Mapping[str, Value]]):
    """Values by name, in their order: an object whose values are encoded by themselves."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Value] | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return (
            None if value is None else json.dumps({name: encode_value(each) for name, each in value.items()})
        )

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, Value] | None:
        """Return what was stored."""
        return (
            None if value is None else {name: decode_value(each) for name, each in json.loads(value).items()}
        )


class SeenPoints(TypeDecorator[tuple[Seen, ...]]):
    """The points as a decision saw them: each with its value, a note, and when it was read."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: tuple[Seen, ...] | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else json.dumps([_seen_row(seen) for seen in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Seen, ...] | None:
        """Return what was stored."""
        return None if value is None else tuple(_seen(*row) for row in json.loads(value))


def _seen_row(seen: Seen) -> tuple[str, str | None, str, str | None]:
    value = None if seen.value is None else encode_value(seen.value)
    read_at = None if seen.read_at is None else seen.read_at.astimezone(UTC).isoformat()
    return seen.point, value, redactor.redact(seen.note), read_at


def _seen(point: str, value: str | None, note: str, read_at: str | None = None) -> Seen:
    """Return a point as it was seen; versions before the eighth did not note when it was read."""
    known = None if value is None else decode_value(value)
    return Seen(Point(point), known, note, None if read_at is None else datetime.fromisoformat(read_at))
