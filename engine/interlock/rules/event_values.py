"""What an event brings, as the names and values under ``trigger.data``, however deep it was written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from interlock.model import Scalar, Value

DEEPEST = 16
"""Names inside names."""
_MOST = 500
"""Values of one event."""
_LARGEST = 2**63


def unfolded(names: Mapping[str, object]) -> Mapping[str, Value]:
    """Return what a mapping holds at any depth, by names such as ``order.id`` and ``lines.0.name``.

    A list of plain values is one value. What is None or empty is left out: to rules it is unknown.

    Raises:
        ValueError: it is too deep, too much, or holds a number that is too large.
    """
    found: dict[str, Value] = {}
    for name, value in names.items():
        for place, each in _values(storable(name), value, 1):
            if len(found) == _MOST:
                raise ValueError(f"there are more than {_MOST} values")
            found[place] = each
    return found


def storable(text: str) -> str:
    """Return a text without what no database and no log can hold: NUL, and halves of characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _values(name: str, value: object, depth: int) -> Iterator[tuple[str, Value]]:
    if depth > DEEPEST:
        raise ValueError(f"it is deeper than {DEEPEST} names")
    match value:
        case dict():
            for inner, each in value.items():
                yield from _values(f"{name}.{storable(str(inner))}", each, depth + 1)
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
        return storable(value)
    if abs(value) >= _LARGEST or not math.isfinite(value):
        raise ValueError("a number is too large")
    return value
