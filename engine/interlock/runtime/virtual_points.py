"""Keeps virtual points: their values, timers that run out, schedules that turn on and off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.clock import Clock
from interlock.driver import Device, Target
from interlock.errors import InvalidValue
from interlock.model import Command, Point, Reading, Value
from interlock.rules.edges import EdgeTrigger
from interlock.runtime.agenda import Agenda
from interlock.runtime.timetable import Appointment, Job, Timetable
from interlock.virtual import CounterSettings, ScheduleSettings, TimerSettings, VirtualSettings, is_virtual

_STEPS = {"increment": 1, "decrement": -1}


class VirtualPoints:
    """The virtual points of a site.

    Args:
        clock, timetable: Of the engine.
        agenda: Takes in what schedules and timers turn, with whatever else falls due then.
        enter: Takes in what commands change, in this very moment.
    """

    def __init__(
        self, clock: Clock, timetable: Timetable, agenda: Agenda, enter: Callable[[list[Reading]], None]
    ) -> None:
        self._clock = clock
        self._timetable = timetable
        self._agenda = agenda
        self._enter = enter
        self._values: dict[Point, Value] = {}
        self._devices: dict[str, Device] = {}
        self._running: dict[str, Job] = {}
        self._edges: dict[str, Appointment] = {}

    def fit(
        self, targets: Mapping[Point, Target], timezone: ZoneInfo, known: Iterable[Reading] = ()
    ) -> list[Reading]:
        """Keep just these points from now on; return what those hold that were not kept before.

        Args:
            targets: Of the site, others than virtual points too.
            timezone: The site's.
            known: What they held when the service ended.
        """
        mine = {point: target for point, target in targets.items() if is_virtual(target)}
        restored = {reading.point: reading.value for reading in known}
        devices = {target.device.name: target.device for target in mine.values()}
        for point in [point for point in self._values if point not in mine]:
            del self._values[point]
        changed = [name for name, device in self._devices.items() if devices.get(name) != device]
        for name in changed:
            self._forget(name)
        new = [name for name in devices if name not in self._devices or name in changed]
        self._devices = devices
        for target in mine.values():
            if target.point not in self._values:
                self._begin(target, restored.get(target.point))
        for name in new:
            self._wind(devices[name], timezone)
        return [self._reading(each) for each in self._values if each.device in new]

    def restore(
        self, targets: Mapping[Point, Target], timezone: ZoneInfo, known: Sequence[Reading]
    ) -> list[Reading]:
        """Keep these points as `fit` does, with what they held; also where they began without it."""
        for name in {reading.point.device for reading in known}:
            self._forget(name)
            self._devices.pop(name, None)
        for reading in known:
            self._values.pop(reading.point, None)
        return self.fit(targets, timezone, known)

    def write(self, command: Command) -> bool:
        """Take a command in; return whether its point is kept, as all are once `fit` was called."""
        point, value = command.point, command.value
        device = self._devices.get(point.device)
        if device is None:
            return False
        match device.settings:
            case TimerSettings():
                changed = self._set_timer(device.name, point.controller, value)
            case CounterSettings() as settings if point.controller != "value":
                count, place = point.controller, Point.of(device.name, "value")
                held = self._values.get(place, settings.initial)
                step = _STEPS.get(count)
                now = settings.initial if step is None or not isinstance(held, int) else held + step
                changed = {place: now}
            case _:
                changed = {} if value is None else {point: value}
        self._enter(self._put(changed))
        return True

    def _put(self, changed: Mapping[Point, Value]) -> list[Reading]:
        self._values.update(changed)
        return [self._reading(point) for point in changed]

    def _reading(self, point: Point) -> Reading:
        return Reading(point=point, value=self._values[point], observed_at=self._clock.now())

    def _begin(self, target: Target, known: Value | None) -> None:
        """Let a point hold what it held, as far as it still takes that, or else what it begins with."""
        first = _first_values(target.device).get(target.capability.controller)
        try:
            held = first if known is None else target.capability.check(known)
        except InvalidValue:
            held = first
        if held is not None:
            self._values[target.point] = held

    def _forget(self, name: str) -> None:
        for kept in (self._running, self._edges):
            job = kept.pop(name, None)
            if job is not None:
                job.cancel()

    def _wind(self, device: Device, timezone: ZoneInfo) -> None:
        """Let what has its own time go on: a schedule at its edges, a timer until its end."""
        name = device.name
        if isinstance(device.settings, ScheduleSettings):
            self._turn(device, timezone)
            trigger = EdgeTrigger(device.settings.hours, timezone)
            self._edges[name] = self._timetable.add(
                trigger,
                lambda due: self._agenda.add_readings(self._put(self._turn(device, timezone)), due),
            )
        ends_at = self._values.get(Point.of(name, "ends_at"))
        if self._values.get(Point.of(name, "running")) is True and isinstance(ends_at, datetime):
            self._let_run(name, ends_at - self._clock.now())

    def _turn(self, device: Device, timezone: ZoneInfo) -> Mapping[Point, Value]:
        assert isinstance(device.settings, ScheduleSettings)
        point = Point.of(device.name, "value")
        self._values[point] = device.settings.hours.is_open(self._clock.now(), timezone)
        return {point: self._values[point]}

    def _set_timer(self, name: str, controller: str, value: Value | None) -> Mapping[Point, Value]:
        if controller == "duration" and value is not None:
            return {Point.of(name, "duration"): value}
        is_start = controller == "start" or (controller == "running" and value is True)
        self._forget(name)
        if not is_start:
            return self._stopped(name, has_finished=False)
        duration = self._values[Point.of(name, "duration")]
        assert isinstance(duration, timedelta)
        self._let_run(name, duration)
        return {
            Point.of(name, "running"): True,
            Point.of(name, "finished"): False,
            Point.of(name, "ends_at"): self._clock.now() + duration,
        }

    def _let_run(self, name: str, left: timedelta) -> None:
        self._running[name] = self._timetable.add_once(
            max(left, timedelta()),
            lambda due: self._agenda.add_readings(self._put(self._stopped(name, has_finished=True))),
        )

    def _stopped(self, name: str, *, has_finished: bool) -> Mapping[Point, Value]:
        changed: dict[Point, Value] = {
            Point.of(name, "running"): False,
            Point.of(name, "finished"): has_finished,
        }
        if self._values.get(Point.of(name, "running")) is True:
            changed[Point.of(name, "ends_at")] = self._clock.now()
        return changed


def _first_values(device: Device) -> Mapping[str, Value | None]:
    match device.settings:
        case TimerSettings(duration=duration):
            return {"running": False, "finished": False, "duration": duration}
        case ScheduleSettings():
            return {}
        case VirtualSettings() as settings:
            return {"value": settings.first_value()}
        case _:
            return {}
