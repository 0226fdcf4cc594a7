"""What the body of a webhook's request says, as the values that rules read under ``trigger.data``."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Never, TypeAlias
from urllib.parse import parse_qsl

from interlock.errors import InterlockError
from interlock.model import Scalar, Value

WHOLE = "body"
"""The name of a body that is not made of names and values."""
_DEEPEST = 16
"""Names inside names."""
_MOST = 500
"""Values of one request."""
_LARGEST = 2**63
_CHARSETS = {"utf-8", "us-ascii", "iso-8859-1", "windows-1252"}
_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"


class BadBody(InterlockError):
    """A body that says nothing that rules could read; the message says why."""


def read_body(body: bytes, content_type: str) -> Mapping[str, Value]:
    """Return the values of a body by their names; those inside others as ``outer.inner``, items by number.

    JSON and forms have names and values. Anything else that is text is one value, `WHOLE`. What is null or
    empty is left out: to rules it is unknown.

    Args:
        body: As it came.
        content_type: What the header of that name says; empty where there is none.

    Raises:
        BadBody: it is no text, not what its type says, or too much of it.
    """
    kind, charset = _kind(content_type)
    try:
        text = body.decode(charset if charset in _CHARSETS else "ascii")
    except UnicodeDecodeError:
        raise BadBody(f"the body is no text in {charset}") from None
    if kind == "application/json" or kind.endswith("+json"):
        return _read_json(text)
    if kind == "application/x-www-form-urlencoded":
        return _read_form(text)
    if kind.startswith("text/") or not kind:
        return {WHOLE: _clean(text)} if text else {}
    raise BadBody(f"a body of type {kind} cannot be read: send JSON, a form or text")


def flattened(names: Mapping[str, object]) -> Iterator[tuple[str, Value]]:
    """Yield what a mapping holds at any depth, by dotted names.

    Raises:
        BadBody: it is too deep, or holds a number that is too large.
    """
    for name, value in names.items():
        yield from _values(_clean(name), value, 1)


def _kind(content_type: str) -> tuple[str, str]:
    header = Message()
    header["Content-Type"] = content_type
    if not content_type.strip():
        return "", "utf-8"
    return header.get_content_type(), header.get_content_charset() or "utf-8"


def _read_json(text: str) -> Mapping[str, Value]:
    try:
        found: _Json = json.loads(text, parse_constant=_refuse) if text.strip() else {}
    except RecursionError:
        raise BadBody(f"the JSON is deeper than {_DEEPEST} names") from None
    except ValueError as error:
        raise BadBody(f"the body is no JSON: {str(error).lower()}") from None
    names = found if isinstance(found, dict) else {WHOLE: found}
    return _bounded(flattened(names))


def _refuse(word: str) -> Never:
    raise ValueError(f"{word} is no number")


def _read_form(text: str) -> Mapping[str, Value]:
    fields: dict[str, list[Scalar]] = defaultdict(list)
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST):
            fields[_clean(name)].append(_clean(value))
    except ValueError:
        raise BadBody(f"the form has more than {_MOST} fields") from None
    return {name: each[0] if len(each) == 1 else tuple(each) for name, each in fields.items()}


def _bounded(values: Iterator[tuple[str, Value]]) -> Mapping[str, Value]:
    found: dict[str, Value] = {}
    for name, value in values:
        if len(found) == _MOST:
            raise BadBody(f"the body has more than {_MOST} values")
        found[name] = value
    return found


def _values(name: str, value: object, depth: int) -> Iterator[tuple[str, Value]]:
    if depth > _DEEPEST:
        raise BadBody(f"the JSON is deeper than {_DEEPEST} names")
    match value:
        case dict():
            for inner, each in value.items():
                yield from _values(f"{name}.{_clean(inner)}", each, depth + 1)
        case list() if value and all(_is_scalar(each) for each in value):
            yield name, tuple(map(_scalar, value))
        case list():
            for number, each in enumerate(value):
                yield from _values(f"{name}.{number}", each, depth + 1)
        case _ if _is_scalar(value):
            yield name, _scalar(value)


def _is_scalar(value: object) -> bool:
    return isinstance(value, bool | int | float | str)


def _scalar(value: object) -> Scalar:
    assert isinstance(value, bool | int | float | str)
    if isinstance(value, str):
        return _clean(value)
    if abs(value) >= _LARGEST or not math.isfinite(value):
        raise BadBody("the body has a number that is too large")
    return value


def _clean(text: str) -> str:
    """Return a text without what no database and no log can hold: NUL, and halves of characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
