"""What the body of a webhook's request says, as the values that rules read under ``trigger.data``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from email.message import Message
from typing import Never, TypeAlias
from urllib.parse import parse_qsl

from interlock.errors import InterlockError
from interlock.model import Scalar, Value
from interlock.rules.event_values import DEEPEST, storable, unfolded

WHOLE = "body"
"""The name of a body that is not made of names and values."""
_MOST = 500
"""Fields of one form."""
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
        return {WHOLE: storable(text)} if text else {}
    raise BadBody(f"a body of type {kind} cannot be read: send JSON, a form or text")


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
        raise BadBody(f"the JSON is deeper than {DEEPEST} names") from None
    except ValueError as error:
        raise BadBody(f"the body is no JSON: {str(error).lower()}") from None
    try:
        return unfolded(found if isinstance(found, dict) else {WHOLE: found})
    except ValueError as error:
        raise BadBody(f"the body: {error}") from None


def _refuse(word: str) -> Never:
    raise ValueError(f"{word} is no number")


def _read_form(text: str) -> Mapping[str, Value]:
    fields: dict[str, list[Scalar]] = defaultdict(list)
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST):
            fields[storable(name)].append(storable(value))
    except ValueError:
        raise BadBody(f"the form has more than {_MOST} fields") from None
    return {name: each[0] if len(each) == 1 else tuple(each) for name, each in fields.items()}
