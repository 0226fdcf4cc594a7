"""What an expression may see while it is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from interlock.model import Point, Reading, Value


class View(Protocol):
    """The state at one instant, as expressions read it."""

    @property
    def values(self) -> Mapping[Point, Value]:
        """Every usable value; a point that is missing here is unknown."""
        ...

    @property
    def now(self) -> datetime:
        """The instant of the evaluation, UTC."""
        ...

    @property
    def timezone(self) -> ZoneInfo:
        """The site's zone, for what is said in local time."""
        ...

    def reading(self, point: Point) -> Reading | None:
        """Return the last reading, good or not; None where the point was never read."""
        ...

    def previous(self, point: Point) -> Value | None:
        """Return the last other value before the present one; None where there was none."""
        ...

    def changed_at(self, point: Point) -> datetime | None:
        """Return since when the present value has been the same, UTC; None where it is unknown."""
        ...
