"""What a batch of points came back with, and which of them show what they showed before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from interlock.errors import DriverError
from interlock.model import Point, Reading, Value


class Answers(dict[Point, Value | DriverError]):
    """A value or an error for each point that was asked.

    Args:
        answers: All of them.
        errors: Those that are errors: mostly none, and whoever cares for them need not look at all.
        batch: The same object whenever the same is asked again; None where this is not the whole answer.
        changed: The points that did not give what they gave when the batch was asked the last time, in the
            order of the batch.
    """

    __slots__ = ("batch", "changed", "errors")

    def __init__(
        self,
        answers: Mapping[Point, Value | DriverError],
        errors: Mapping[Point, DriverError],
        *,
        batch: object = None,
        changed: Collection[Point] = (),
    ) -> None:
        super().__init__(answers)
        self.errors = errors
        self.batch = batch
        self.changed = changed


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Readings that were confirmed: their points were read again, and are as they were.

    Nearly everything that is polled is as it was. That is said of all of it at once: to make a reading for
    each point, and to take each through the engine, would cost more than everything else together.
    """

    readings: Mapping[Point, Reading]
    """As they were handed over when their points last changed; all are good."""
    at: datetime
    """When their points were read again, UTC."""
    doubtful: Sequence[Reading] = ()
    """Those of them that were not confirmed when the same was read the last time."""

    def reading(self, before: Reading) -> Reading:
        """Return one of them as it is now."""
        return replace(before, observed_at=self.at)


NOTHING = Confirmed(MappingProxyType({}), datetime.min.replace(tzinfo=UTC))
"""What is confirmed where only news are told."""
