"""Interlocks: what must never be true of points together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from interlock.config.nodes import Mark
from interlock.expressions.expression import Expression
from interlock.model import Point, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Interlock:
    """A condition that no command may make true, judged on the state after it."""

    id: str
    description: str = ""
    never: Expression
    instead: Mapping[Point, Value] = field(default_factory=dict)
    """What is kept at priority 5 while the world makes it true."""
    unknown_is_safe: bool = False
    """Whether a command passes that leaves it unknown."""
    mark: Mark = field(compare=False, repr=False)
    digest: str = ""
    """Of its text."""
