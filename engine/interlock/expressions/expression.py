"""A compiled expression and a compiled template: what the rest of the engine sees of jinja2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import NoneType
from typing import Protocol, runtime_checkable

from interlock.expressions.view import View
from interlock.model import Point, Truth, Value

CONSTANTS = (bool, int, float, str, datetime, timedelta, tuple, NoneType)
"""What is given instead of an expression. Ask for these: whether something has all of a protocol's members
takes a hundred times as long, and sites have thousands of rules."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an expression came to. `value` is None where it is unknown, and then `reason` says why."""

    value: Value | None
    reason: str = ""


@runtime_checkable
class Expression(Protocol):
    """A condition or a computed value."""

    @property
    def text(self) -> str:
        """As written, without braces."""
        ...

    @property
    def points(self) -> frozenset[Point]:
        """Every point that it names: the index."""
        ...

    @property
    def reads_time(self) -> bool:
        """Whether it can change without any point changing (``now()``, ``age('p')``)."""
        ...

    @property
    def thresholds(self) -> frozenset[float]:
        """The numbers that its one point has to pass before it becomes another; empty where others count."""
        ...

    def turns_at(self, view: View, /) -> datetime | None:
        """Return the first instant after now at which time alone can make it another, UTC; None for never.

        It may be too early, so that nothing has turned yet and it must be asked again, and never too late.
        """
        ...

    def truth(self, view: View, /) -> Truth:
        """Return true, false, or None for unknown. Never raises: what cannot be computed is unknown."""
        ...

    def evaluate(self, view: View) -> Evaluation:
        """Return the value, or unknown with the reason. Never raises."""
        ...


@runtime_checkable
class Template(Protocol):
    """A text with ``{{ }}`` in it."""

    @property
    def points(self) -> frozenset[Point]:
        """Every point that it names."""
        ...

    def render(self, view: View) -> str:
        """Return the text; an unknown stands in it as ``unknown``. Never raises."""
        ...
