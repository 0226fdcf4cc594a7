"""The section ``schedules`` of a site file: weekly hours with a name, each a point that is on inside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, time

from interlock.capabilities import nearest
from interlock.config.devices import DeviceSection
from interlock.config.names import device_name_fault
from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode
from interlock.config.sections import entries_of, is_empty
from interlock.driver import Device, Target
from interlock.errors import Diagnostic
from interlock.expressions.functions import parse_time
from interlock.model import Point
from interlock.opening_hours import OpeningHours, Window, Windows
from interlock.public_holidays import HolidayCalendar
from interlock.virtual import CONNECTION, SCHEDULE, ScheduleSettings, VirtualDriver

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SETS: Mapping[str, tuple[int, ...]] = {
    "daily": tuple(range(7)),
    "weekdays": tuple(range(5)),
    "weekend": (5, 6),
    **{name: (number,) for number, name in enumerate(_DAYS)},
    **{name[:3]: (number,) for number, name in enumerate(_DAYS)},
}
"""What each key stands for; a later one in this order goes before an earlier one."""
_HOLIDAYS, _EXCEPTIONS = "holidays", "exceptions"
_KEYS = (*_SETS, _HOLIDAYS, _EXCEPTIONS)
_EXAMPLE = 'write for example [["07:30", "12:00"], ["13:00", "18:00"]], or [] for none'


def read_schedules(
    section: Node | None,
    devices: DeviceSection,
    calendar: HolidayCalendar | None,
    problems: list[Diagnostic],
) -> DeviceSection:
    """Return the devices and, as such, the schedules; what is wrong with one costs only that one."""
    entries = entries_of(section, "schedules", problems)
    if entries is None:
        return devices
    reader = _ScheduleReader(devices, calendar, problems)
    found = dict(reader.read(entries))
    return replace(
        devices,
        sound={**devices.sound, **{name: target.device for name, target in found.items()}},
        targets={**devices.targets, **{target.point: target for target in found.values()}},
        declared={**entries.keys, **devices.declared},
    )


class _ScheduleReader:
    def __init__(
        self, devices: DeviceSection, calendar: HolidayCalendar | None, problems: list[Diagnostic]
    ) -> None:
        self._devices = devices
        self._calendar = calendar
        self._problems = problems

    def read(self, section: MapNode) -> Iterator[tuple[str, Target]]:
        """Yield each schedule that is sound."""
        for name, node in section.entries.items():
            fault = device_name_fault(name, "schedule")
            if name in self._devices.declared:
                first = self._devices.declared[name].place
                fault = f"'{name}' names the device at {first} already: give the schedule another name"
            if fault:
                self._report(section.keys[name], fault)
            entries = entries_of(node, f"schedule '{name}'", self._problems, is_optional=False)
            hours = self._hours(name, entries) if entries else None
            if hours is not None and not fault:
                yield name, _target(name, hours)

    def _hours(self, name: str, entries: MapNode) -> OpeningHours | None:
        before = len(self._problems)
        for key, mark in entries.keys.items():
            if key not in _KEYS:
                meant = nearest(key, _KEYS)
                hint = f"did you mean '{meant}'?" if meant else f"known here: {', '.join(_KEYS)}"
                self._report(mark, f"unknown key '{key}'", hint)
        days: list[Windows] = [()] * 7
        for key, numbers in _SETS.items():
            if key in entries.entries:
                windows = self._windows(entries.entries[key])
                for number in numbers:
                    days[number] = windows
        holidays = self._windows(entries.entries[_HOLIDAYS]) if _HOLIDAYS in entries.entries else None
        if holidays is not None and self._calendar is None:
            hint = "write for example 'holidays: IT' in the section 'site'"
            self._report(entries.keys[_HOLIDAYS], "the site does not say whose holidays count", hint)
        exceptions = dict(self._exceptions(entries.entries.get(_EXCEPTIONS)))
        if not entries.entries:
            self._report(entries.mark, f"schedule '{name}' has no hours: it would never be on")
        if len(self._problems) > before:
            return None
        monday, tuesday, wednesday, thursday, friday, saturday, sunday = days
        return OpeningHours(
            days=(monday, tuesday, wednesday, thursday, friday, saturday, sunday),
            holidays=holidays,
            exceptions=exceptions,
            calendar=self._calendar,
        )

    def _exceptions(self, node: Node | None) -> Iterator[tuple[date, Windows]]:
        entries = entries_of(node, f"'{_EXCEPTIONS}'", self._problems)
        for key, windows in entries.entries.items() if entries else ():
            try:
                yield date.fromisoformat(key), self._windows(windows)
            except ValueError:
                mark = entries.keys[key] if entries else None
                if mark:
                    self._report(mark, f"'{key}' is no date", "write for example 2026-12-24")

    def _windows(self, node: Node) -> Windows:
        items = node.items if isinstance(node, ListNode) else ()
        if not isinstance(node, ListNode) and not is_empty(node):
            self._report(node.mark, "a list of windows is expected here", _EXAMPLE)
        if items and all(isinstance(item, ScalarNode) for item in items):
            self._report(node.mark, "each window stands in brackets of its own", _EXAMPLE)
            return ()
        return tuple(window for item in items if (window := self._window(item)))

    def _window(self, node: Node) -> Window | None:
        if not isinstance(node, ListNode) or len(node.items) != 2:
            self._report(node.mark, "a window is a start and an end", 'write for example ["07:30", "18:00"]')
            return None
        times = [self._time(item) for item in node.items]
        start, end = times
        return None if start is None or end is None else Window(start, end)

    def _time(self, node: Node) -> time | None:
        text = node.text.strip() if isinstance(node, ScalarNode) else ""
        try:
            return parse_time("00:00" if text == "24:00" else text)
        except ValueError as error:
            message, _, hint = str(error).partition(": ")
            self._report(node.mark, message, hint)
            return None

    def _report(self, mark: Mark, message: str, hint: str = "") -> None:
        self._problems.append(mark.diagnostic(message, hint=hint))


def _target(name: str, hours: OpeningHours) -> Target:
    settings = ScheduleSettings.model_construct(hours=hours, poll=None, controllers=None)
    device = Device(name=name, connection=CONNECTION, type=SCHEDULE, settings=settings)
    [kind] = (each for each in VirtualDriver.device_types if each.name == SCHEDULE)
    [capability] = kind.controllers
    return Target(point=Point.of(name, capability.controller), device=device, capability=capability)
