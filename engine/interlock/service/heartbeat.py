"""What stays the same is journalled now and then, so that the past tells it from what nobody knew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Protocol

from interlock.model import Reading
from interlock.runtime.engine import Engine

_LOOKS = 10
"""How often it is looked, in one heartbeat, which point is due."""
_AGE = 0.85
"""The part of a heartbeat after which a point is due: the next look may find that it is too late."""


class Repeating(Protocol):
    """A journal that takes what is as it was."""

    def repeat(self, readings: Iterable[Reading], age: timedelta) -> None:
        """Store each reading whose point was last stored so long before it was observed."""
        ...


def begin_heartbeat(engine: Engine, journal: Repeating, heartbeat: timedelta) -> None:
    """Let a journal store of each polled point that it is still so, at least this often."""
    engine.beat(heartbeat / _LOOKS, lambda: journal.repeat(_known(engine), heartbeat * _AGE))


def _known(engine: Engine) -> Iterator[Reading]:
    state = engine.state
    for point in state.values:
        reading = state.reading(point)
        if reading is not None:
            yield reading
