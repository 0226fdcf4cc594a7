"""YAML 1.2's core schema: which plain words are numbers, booleans or null.

Everything else is text: ``on``, ``yes``, ``12:30``, ``1_000``, ``2026-12-24``.
Source: YAML 1.2.2, section 10.3.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

_CONSTANTS: Mapping[str, bool | float | None] = MappingProxyType(
    {
        **dict.fromkeys(("", "~", "null", "Null", "NULL")),
        **dict.fromkeys(("true", "True", "TRUE"), True),
        **dict.fromkeys(("false", "False", "FALSE"), False),
        **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
        **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
        **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    }
)

# Python refuses to convert more than 4300 digits; nothing in a building needs so many.
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], int | float]], ...] = (
    (re.compile(r"[-+]?[0-9]{1,4000}"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)


def resolve(text: str) -> bool | int | float | str | None:
    """Return what a plain scalar means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    return next((convert(text) for form, convert in _NUMBERS if form.fullmatch(text)), text)


_TAGS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"!!int": (int,), "!!float": (int, float), "!!bool": (bool,), "!!null": (type(None),)}
)
_TEXT_TAGS = frozenset({"!!str", "!"})
SCALAR_TAGS = _TEXT_TAGS | _TAGS.keys()
"""The tags that the core schema gives to scalars."""


def resolve_tagged(tag: str, text: str) -> bool | int | float | str | None:
    """Return what a scalar with one of `SCALAR_TAGS` means.

    Raises:
        ValueError: the text is nothing of the kind.
    """
    if tag in _TEXT_TAGS:
        return text
    value = resolve(text)
    if type(value) not in _TAGS[tag]:
        raise ValueError(f"this is no {tag.removeprefix('!!')}")
    return float(value) if tag == "!!float" and value is not None else value
