"""What clients of the simulated site ask for, read from the query, a form or a JSON document.

Source: Founten API description, "Constructing an API Request". The JSON form is what live servers of the
family take besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from interlock import Request


class NotReadable(Exception):
    """The request is no transaction."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A name of a selection or of a value, with what stands behind its colon."""

    name: str
    values: tuple[str, ...] = ()
    """Nothing where there is no colon; several only in JSON, of which one must match."""

    @property
    def value(self) -> str:
        """The value; empty where there is none."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One get or set."""

    request: str
    object: str
    selection: tuple[Pair, ...]
    value: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What one HTTP request carries."""

    username: str
    password: str
    transactions: tuple[Transaction, ...]
    wants_json: bool
    is_batch: bool = False
    """Whether it was a JSON document, whose transactions are answered by a list."""


def read_envelope(request: Request) -> Envelope:
    """Return what a request asks for.

    Raises:
        NotReadable: its body is no JSON although it says so, or not of the right form.
    """
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _batch(_document(request.body))
    given = {name.lower(): value for name, value in request.parameters()}
    return Envelope(
        username=given.get("username", ""),
        password=given.get("password", ""),
        transactions=(_transaction(given),),
        wants_json="application/json" in (request.header("accept") or "").lower(),
    )


def read_pairs(given: object) -> tuple[Pair, ...]:
    """Return the pairs of a selection or a value: a text, or in JSON also an object or a list of names.

    Raises:
        NotReadable: it is something else.
    """
    match given:
        case None:
            return ()
        case str():
            return tuple(_split(given))
        case dict():
            return tuple(Pair(str(name), _texts(value)) for name, value in given.items())
        case list():
            return tuple(Pair(_text(name)) for name in given)
        case _:
            raise NotReadable


def _split(text: str) -> Iterator[Pair]:
    for piece in text.split(";"):
        # At the first colon: times of day and ISO 8601 times carry colons themselves.
        name, colon, value = piece.partition(":")
        if name.strip():
            yield Pair(name.strip(), (value,) if colon else ())


def _transaction(given: Mapping[str, object]) -> Transaction:
    return Transaction(
        request=_text(given.get("request")).lower(),
        object=_text(given.get("object")).lower(),
        selection=read_pairs(given.get("selection")),
        value=read_pairs(given.get("value")),
    )


def _batch(document: Mapping[str, object]) -> Envelope:
    transactions = document.get("transactions")
    if not isinstance(transactions, list) or not all(isinstance(each, dict) for each in transactions):
        raise NotReadable
    return Envelope(
        username=_text(document.get("username")),
        password=_text(document.get("password")),
        transactions=tuple(_transaction(each) for each in transactions),
        wants_json=True,
        is_batch=True,
    )


def _document(body: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(body)
        # Half a surrogate pair can be written in JSON, and no reply could hold it.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise NotReadable from None
    if not isinstance(document, dict):
        raise NotReadable
    return document


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(each) for each in value) if isinstance(value, list) else (_text(value),)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str() | int() | float():
            return str(value)
        case _:
            raise NotReadable


def unique_names(pairs: Sequence[Pair]) -> Sequence[str]:
    """Return the names of pairs, each once, whatever its case."""
    return tuple({pair.name.lower(): pair.name for pair in reversed(pairs)}.values())[::-1]
