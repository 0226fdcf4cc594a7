"""Instants as places on a page's time axis, and texts as the drawing library takes them.

A place is in seconds since the page's beginning, in real time: the axis shows 25 hours of a night in which
the clocks go back. `local_time.js` writes local times at it.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeAlias

from interlock.history.values import Json

Track: TypeAlias = dict[str, Json]
"""What draws a series or marks, as `view.js` takes it: a form, plotly's trace, and the values."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The time axis that all charts of a page share."""

    begins: datetime
    ends: datetime

    def steps(self, instants: Iterable[datetime]) -> list[Json]:
        """Return each instant as the seconds since the one before, and the first since the beginning."""
        return [_seconds(after - before) for before, after in pairwise(self._places(instants))]

    @property
    def length(self) -> float | int:
        """How long it is, in seconds."""
        return _seconds(_milliseconds(self.ends - self.begins))

    def _places(self, instants: Iterable[datetime]) -> list[int]:
        # Rounded before they are subtracted, so that rounding does not add up.
        return [0, *(_milliseconds(instant - self.begins) for instant in instants)]


def lasts(stretches: Iterable[tuple[datetime, datetime]]) -> list[Json]:
    """Return how long each stretch of time lasts, in seconds."""
    return [_seconds(_milliseconds(ends - begins)) for begins, ends in stretches]


def _milliseconds(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))


def _seconds(milliseconds: int) -> float | int:
    return milliseconds / 1000 if milliseconds % 1000 else milliseconds // 1000


def rounded(number: float) -> float | int:
    """Return a number to thousandths, or to four digits where it is smaller than one."""
    short = round(number, 3) if abs(number) >= 1 else float(f"{number:.4g}")
    return int(short) if short == int(short) else short


def plain(text: str) -> str:
    """Return a text that plotly draws as it is: it takes tags and entities for formats, as HTML does.

    A text that runs from right to left keeps to itself and does not turn round what stands beside it.
    """
    escaped = html.escape(text, quote=False)
    return f"\u2068{escaped}\u2069" if any(map(_runs_left, text)) else escaped


def _runs_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"R", "AL"}


class Texts:
    """The texts of a page's marks, each held once: a rule fires with the same words a thousand times."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return a text's place in the list."""
        return self._numbers.setdefault(text, len(self._numbers))

    def listed(self) -> list[Json]:
        """Return the texts in the order of their numbers."""
        return list(self._numbers)
