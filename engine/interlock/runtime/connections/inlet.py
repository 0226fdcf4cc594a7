"""Where a driver's own news come in: checked, stamped, and refused where they make no sense."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from interlock.clock import Clock
from interlock.driver import Target
from interlock.errors import DriverError, ProtocolFault
from interlock.model import Event, Point, Quality, Reading, Value
from interlock.runtime.connections.seam import Seam

log = logging.getLogger("interlock.connection")

_SCALARS = (bool, int, float, str, datetime, timedelta)


class Listener(Protocol):
    """Takes what came in."""

    def heard(self, readings: Sequence[Reading]) -> None:
        """Take the readings of one moment."""
        ...

    def happened(self, event: Event) -> None:
        """Take an event."""
        ...

    def lost(self, error: DriverError) -> None:
        """Learn that nothing comes any more."""
        ...

    def regained(self) -> None:
        """Learn that it comes again."""
        ...


class Inlet:
    """The `Feed` of one connection. It never raises: what is wrong with a call is logged once.

    Args:
        seam: Checks values, and names the connection in errors.
        targets: The points that are taken; others are told in vain.
        clock: Stamps what comes in.
        listener: Takes it.
    """

    def __init__(self, seam: Seam, targets: Collection[Target], *, clock: Clock, listener: Listener) -> None:
        self._seam = seam
        self._targets = {target.point: target for target in targets}
        self._clock = clock
        self._listener = listener
        self._thread = threading.get_ident()
        self._is_open = True
        self._complaints: set[str] = set()

    def listen_to(self, targets: Collection[Target]) -> None:
        """Take the points of these targets from now on."""
        self._targets = {target.point: target for target in targets}

    def close(self) -> None:
        """Take nothing any more."""
        self._is_open = False

    def readings(self, answers: Mapping[Point, Value | DriverError]) -> None:
        """Take values that arrived in one moment, or what is wrong with a point."""
        self._enter(lambda: self._take(answers))

    def event(self, event: Event) -> None:
        """Take something that happened."""
        self._enter(lambda: self._listener.happened(_sound(event)))

    def lost(self, error: DriverError) -> None:
        """Learn that nothing arrives any more."""
        fault = error if isinstance(error, DriverError) else ProtocolFault("the connection was lost")
        self._enter(lambda: self._listener.lost(self._seam.named(fault)))

    def regained(self) -> None:
        """Learn that it arrives again."""
        self._enter(self._listener.regained)

    def _enter(self, action: Callable[[], None]) -> None:
        if threading.get_ident() != self._thread:
            self._complain("tells news from another thread, which are not taken")
        elif not self._is_open:
            self._complain("tells news after its end, which are not taken")
        else:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - what a driver tells may be anything
                self._complain(f"tells news that make no sense: {type(error).__name__}: {error}")

    def _complain(self, what: str) -> None:
        if what not in self._complaints:
            self._complaints.add(what)
            log.warning("connection %s: its driver %s", self._seam.name, what)

    def _take(self, answers: Mapping[Point, Value | DriverError]) -> None:
        now = self._clock.now()
        readings = [
            self._reading(self._targets[point], answer, now)
            for point, answer in answers.items()
            if point in self._targets
        ]
        if readings:
            self._listener.heard(readings)

    def _reading(self, target: Target, answer: object, now: datetime) -> Reading:
        checked = self._seam.checked(target, answer)
        if not isinstance(checked, DriverError):
            return Reading(point=target.point, value=checked, observed_at=now)
        fault, reason = Quality.FAULT, checked.message
        return Reading(point=target.point, value=None, observed_at=now, quality=fault, reason=reason)


def _sound(event: object) -> Event:
    """Return what is an event in all its parts.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(event, Event):
        raise TypeError(f"{type(event).__name__} is no Event")
    if not all(isinstance(each, str) for each in (event.kind, event.name, event.point or "", *event.data)):
        raise TypeError("an event's kind, name, point and keys are texts")
    if not all(_is_value(value) for value in (event.value or "", *event.data.values())):
        raise TypeError("an event holds something that is no value")
    return event


def _is_value(value: object) -> bool:
    parts = value if isinstance(value, tuple) else (value,)
    return all(isinstance(part, _SCALARS) for part in parts)
