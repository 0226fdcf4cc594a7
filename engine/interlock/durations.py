"""Durations as people write them: ``10s``, ``5m``, ``1h30m``, ``2d``, ``500ms``."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|[smhdw])\s*")
"""A number and its unit: what a duration is made of."""


def parse_duration(text: object) -> timedelta:
    """Return the duration that a text such as ``1h30m`` means; 0 needs no unit.

    Raises:
        ValueError: no duration, or a number without its unit.
    """
    if isinstance(text, timedelta):
        return text
    if text in (0, "0"):
        return timedelta()
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise ValueError(f"a duration needs its unit: write {text}s or {text}m")
    return _parsed(str(text).strip())


@lru_cache
def _parsed(source: str) -> timedelta:
    total, end = timedelta(), 0
    for part in PART.finditer(source):
        if part.start() != end:
            break
        try:
            total, end = total + float(part[1]) * _UNITS[part[2]], part.end()
        except OverflowError:
            raise ValueError(f"'{source}' is too long a duration") from None
    if not source or end != len(source):
        raise ValueError(f"'{source}' is no duration: write for example 30s, 5m, 1h30m or 2d")
    return total


def format_duration(duration: timedelta) -> str:
    """Return a duration as `parse_duration` reads it, largest units first, such as ``1h30m``."""
    milliseconds = round(duration / timedelta(milliseconds=1))
    sign, rest, parts = "-" if milliseconds < 0 else "", abs(milliseconds), []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + ("".join(parts) or "0s")
