"""Which points do not answer in time, and when they are asked again."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from interlock.driver import Device, Target
from interlock.model import Point
from interlock.runtime.connections.health import Backoff

_LONGEST = timedelta(minutes=1)
"""A device that was dead is noticed this soon after it came back, unless many are dead at once."""


class Silence:
    """The silent points of one poll job. Those of one device share a pause, which doubles up to a minute.

    Args:
        interval: Of the job: the first pause, and the longest where it is more than a minute.
        dice: Of the pauses' jitter.
    """

    def __init__(self, interval: timedelta, dice: random.Random) -> None:
        self._interval = interval
        self._dice = dice
        self._targets: dict[Point, Target] = {}
        """In the order in which they are asked."""
        self._pauses: dict[str, Backoff] = {}

    def __contains__(self, point: Point) -> bool:
        """Whether a point is silent."""
        return point in self._targets

    def __bool__(self) -> bool:
        """Whether any point is silent."""
        return bool(self._targets)

    def begin(self, target: Target) -> None:
        """Take a point in, as the last to be asked: at once, where its device has no pause."""
        self._targets.pop(target.point, None)
        self._targets[target.point] = target

    def go_on(self, device: Device, now: datetime) -> None:
        """Take note that a device itself gave no answer: it is left alone for a while."""
        longest = max(_LONGEST, self._interval)
        pause = self._pauses.setdefault(device.name, Backoff(self._interval, self._dice, longest))
        # Several points of it may have been asked together.
        if pause.is_over(now):
            pause.fail(now)

    def end(self, target: Target) -> None:
        """Take note that a point answered: the others of its device may be asked at once."""
        if self._targets.pop(target.point, None):
            self._pauses.pop(target.device.name, None)

    def keep(self, targets: Collection[Target]) -> None:
        """Forget every point but these targets'."""
        devices = {target.device.name for target in targets}
        self._targets = {point: each for point, each in self._targets.items() if each in targets}
        self._pauses = {name: pause for name, pause in self._pauses.items() if name in devices}

    def due(self, now: datetime, count: int, under_way: Collection[Point]) -> Sequence[Target]:
        """Return at most so many points whose pause is over, first those that wait longest."""
        free = (target for point, target in self._targets.items() if point not in under_way)
        due = (target for target in free if self._may_ask(target, now))
        return [target for target, _ in zip(due, range(count), strict=False)]

    def _may_ask(self, target: Target, now: datetime) -> bool:
        pause = self._pauses.get(target.device.name)
        return pause is None or pause.is_over(now)
