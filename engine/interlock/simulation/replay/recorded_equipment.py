"""Equipment that shows what was recorded, whatever it is told; or does what it is told from there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from interlock.driver import Answer, Target, Write
from interlock.errors import CannotExecute, DriverError, UnknownDevice
from interlock.model import Point, Quality, Reading, Value
from interlock.simulation.equipment import Equipment

_PATIENCE_S = 5.0
"""So long a first read waits for what was recorded a moment after the service had begun."""


class RecordedEquipment(Equipment):
    """What devices showed in the past.

    Args:
        targets: Every point that it has.
        through: By connection, which other it speaks through.
        obeys: Whether commands change what it shows; otherwise they are taken and nothing comes of them.
    """

    def __init__(self, targets: Iterable[Target], through: Mapping[str, str | None], *, obeys: bool) -> None:
        super().__init__(targets, through)
        self._obeys = obeys
        self._said: set[Point] = set()
        self._news = asyncio.Event()

    def show(self, readings: Iterable[Reading]) -> Sequence[Reading]:
        """Let points show what was recorded in one moment, and tell of it.

        Returns:
            The readings that are stale: no driver could tell of those, so they are to be handed over.
        """
        stale: list[Reading] = []
        answers: defaultdict[str, dict[Point, Value | DriverError]] = defaultdict(dict)
        for reading in readings:
            point = reading.point
            answer = self._take_in(reading)
            if reading.quality is Quality.STALE:
                stale.append(reading)
            else:
                answers[self._targets[point].device.connection][point] = answer
        for connection, told in answers.items():
            self._tell_of(connection, told)
        self._news.set()
        self._news.clear()
        return stale

    def confirm(self, reading: Reading) -> None:
        """Take in that a point answers, and hold what it was told here, whatever it was told in the past."""
        held = self._values.get(reading.point)
        self.show([reading if held is None else replace(reading, value=held)])

    def _take_in(self, reading: Reading) -> Value | DriverError:
        point, value = reading.point, reading.value
        self._said.add(point)
        if value is not None and reading.quality is not Quality.FAULT:
            self._values[point] = value
        if value is not None and reading.quality is Quality.GOOD:
            self._broken.pop(point, None)
            return value
        is_stale = reading.quality is Quality.STALE
        # What is stale is asked for again, and what is at fault is an answer.
        error = CannotExecute(reading.reason) if is_stale else UnknownDevice(reading.reason)
        self._broken[point] = error
        return error

    def _tell_of(self, connection: str, answers: Mapping[Point, Value | DriverError]) -> None:
        ear = self._ears.get(connection)
        heard = {point: answer for point, answer in answers.items() if ear and point in ear.points}
        if ear and heard:
            ear.feed.readings(heard)

    def begin_anew(self) -> None:
        """Show nothing any more, until something was recorded again: the service begins anew."""
        self._said.clear()
        self._broken.clear()
        for connection in list(self._away):
            self.regain_connection(connection)

    async def ready(self, targets: Sequence[Target]) -> None:
        """Return once something was recorded of these points, or nothing will be."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while not self.is_ready(targets):
                    await self._news.wait()

    def is_ready(self, targets: Sequence[Target]) -> bool:
        """Whether something was recorded of all these points."""
        return self._said.issuperset(target.point for target in targets)

    def answers(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Return what a read of points comes back with."""
        return {target.point: self.answer(target) for target in targets}

    def answer(self, target: Target) -> Value | DriverError:
        """Return what a read of a point comes back with."""
        if target.point not in self._said:
            return self._error(target) or UnknownDevice(f"{target.point}: nothing is recorded of it")
        return super().answer(target)

    def take(self, write: Write) -> Answer | DriverError:
        """Take a command."""
        if self._obeys:
            self._said.add(write.target.point)
            return super().take(write)
        return self._error(write.target) or Answer()

    def tell(self, point: Point) -> None:
        """Tell what a point holds after a command, where that is what it was told."""
        if self._obeys:
            super().tell(point)
