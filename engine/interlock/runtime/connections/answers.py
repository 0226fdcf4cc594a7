"""What a batch of points came back with, and which of them show what they showed before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from interlock.errors import DriverError
from interlock.model import Point, Reading, Value
from interlock.rules.state import LONG_AGO, Confirmation


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
    """That points were read again, and are as they were.

    Nearly everything that is polled is as it was. That is said of all of it at once, and of single points
    only where it begins or ceases to be true of them: to name each would cost more than everything else.
    """

    by: Confirmation
    """What the points share that this is about: the same whenever the same is read again."""
    at: datetime
    """When they were read again, UTC."""
    count: int = 0
    """How many they are."""
    left: Collection[Point] = ()
    """Those that are no longer among them."""
    joined: Collection[Point] = ()
    """Those that are among them for the first time, or again."""
    doubtful: Sequence[Reading] = ()
    """What those showed that joined them in just this moment; all are good."""

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.count or self.left)


NOTHING = Confirmed(Confirmation(), LONG_AGO)
"""What is confirmed where only news are told."""
