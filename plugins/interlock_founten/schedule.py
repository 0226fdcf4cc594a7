"""The thermostats' own schedules: entries that are set, added and deleted, and days that are read.

Pure functions. The manual shows no sample: the entry's keys travel in the selection, the rest in the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Sized
from types import MappingProxyType

from interlock import DriverError, InvalidValue, Point, RejectedValue, Target, UnknownDevice, Value, Write
from interlock_founten.controllers import SCHEDULE_ATTRIBUTES, SCHEDULE_OF
from interlock_founten.replies import Item, Values
from interlock_founten.schedule_limits import entry_of, leaves_one, refuse_unfit
from interlock_founten.settings import FountenSettings, ThermostatSettings
from interlock_founten.thermostats import FORMAT, criterion, describe, unit_of
from interlock_founten.values import decode, encode, read_number
from interlock_founten.wire import Call, Pair

_KEYS = ("dayOfWeek", "setTime")
_READ = ("dayOfWeek", "setTime", "startTime", "system", "heatSetting", "coolSetting", "fan", "keypad")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DELETIONS: Mapping[str, Pair] = MappingProxyType(
    {"schedule_delete": ("delete", "None"), "schedule_deleteAll": ("deleteAll", "None")}
)


def check_fields(target: Target, fields: Mapping[str, Value]) -> None:
    """Check that the fields of a call of the schedule fit each other.

    Raises:
        InvalidValue: they do not.
    """
    name = target.capability.controller
    if name == "schedule_set" and not fields.keys() - set(_KEYS):
        raise InvalidValue(f"{name} would change nothing: it needs one more field, such as heatSetting")
    if "startTime" in fields:
        _start_time(str(fields["startTime"]))
    _refuse_crossing(fields.get("heatSetting"), fields.get("coolSetting"))


def _start_time(text: str) -> str:
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise InvalidValue(f"startTime cannot be '{text}': it takes a time of day from 00:00 to 23:59")
    return f"{int(found[1]):02}:{found[2]}"


def _refuse_crossing(heat: Value | None, cool: Value | None) -> None:
    if isinstance(heat, int | float) and isinstance(cool, int | float) and heat >= cool:
        raise InvalidValue(f"heatSetting {heat:g} must be below coolSetting {cool:g}")


def entry_call(write: Write, member: Values) -> Call | None:
    """Return the get of the day that a call changes, where it leaves one setting of an entry as it is.

    Only of a thermostat whose schedule is read: many sites refuse to tell them.
    """
    device = write.target.device.settings
    is_told = isinstance(device, ThermostatSettings) and device.read_schedule
    if not is_told or not leaves_one(write.fields):
        return None
    fields = write.target.capability.check_fields(write.fields)
    selection = (("name", _configured_name(write.target, member)), ("dayOfWeek", str(fields["dayOfWeek"])))
    return Call(request="get", object="ThermostatSchedule", selection=selection, attributes=("name", *_READ))


def schedule_call(
    write: Write, member: Values, settings: FountenSettings, entries: Sequence[Item] = ()
) -> Call:
    """Return the set that carries a call of the schedule.

    Args:
        write: The call.
        member: The thermostat as it is now: its name, its temperatureFormat and its limits.
        settings: The connection's.
        entries: The entries of the day as they are now, as far as they are known.

    Raises:
        InvalidValue: the fields are no call of the schedule.
        DriverError: the thermostat cannot hold them.
    """
    target = write.target
    fields = target.capability.check_fields(write.fields)
    check_fields(target, fields)
    texts = {name: _text(name, value, target, member, settings) for name, value in fields.items()}
    refuse_unfit(texts, member, entry_of(texts, [each for each in entries if _is_named(each.values, member)]))
    deletion = _DELETIONS.get(target.capability.controller)
    keys = tuple((name, texts[name]) for name in _KEYS if name in texts)
    rest = tuple((name, text) for name, text in texts.items() if name not in _KEYS)
    return Call(
        request="set",
        object="ThermostatSchedule",
        selection=(("name", _configured_name(target, member)), *keys),
        values=(deletion,) if deletion else rest,
    )


def _text(name: str, value: Value, target: Target, member: Values, settings: FountenSettings) -> str:
    if name == "startTime":
        return _start_time(str(value))
    attribute = SCHEDULE_ATTRIBUTES[name.lower()]
    return encode(attribute, value, unit_of(target.device, settings), member.get(FORMAT.lower(), ""))


def _configured_name(target: Target, member: Values) -> str:
    """Return the name by which alone the schedule object knows a thermostat."""
    name = member.get("name", "")
    if not name.strip():
        raise UnknownDevice(f"{describe(target.device)} has no name by which its schedule could be found")
    return name


def namesakes_call(target: Target, member: Values) -> Call | None:
    """Return the get of all that carry a thermostat's name, where it was found by something else."""
    if criterion(target.device)[0] == "name":
        return None
    selection = (("name", _configured_name(target, member)),)
    return Call(request="get", object="Thermostat", selection=selection, attributes=("name", "serialNo"))


def refuse_namesakes(target: Target, found: Sized) -> None:
    """Raise RejectedValue where the schedules of several thermostats would be selected."""
    if len(found) > 1:
        raise RejectedValue(
            f"{describe(target.device)} shares its name with another thermostat: "
            f"schedules are known by the name alone, and it selects {len(found)} of them"
        )


def days_call(targets: Sequence[Target], member: Values) -> Call:
    """Return the get of the days that these points of one thermostat show: one day, or else the week."""
    days = [_day(target) for target in targets]
    selection: tuple[Pair, ...] = (("name", _configured_name(targets[0], member)),)
    if len(days) == 1:
        selection = (*selection, ("dayOfWeek", days[0]))
    return Call(request="get", object="ThermostatSchedule", selection=selection, attributes=("name", *_READ))


def _day(target: Target) -> str:
    return target.capability.controller.removeprefix(SCHEDULE_OF)


def read_days(
    targets: Sequence[Target], items: Sequence[Item], member: Values, settings: FountenSettings
) -> Mapping[Point, Value | DriverError]:
    """Return the entries of each day as texts, in the order of their set times; none for an empty day."""
    answers: dict[Point, Value | DriverError] = {}
    for target in targets:
        entries = [item.values for item in items if _is_of(item.values, member, _day(target))]
        try:
            answers[target.point] = tuple(
                _entry(entry, target, member, settings) for entry in sorted(entries, key=_place)
            )
        except DriverError as error:
            answers[target.point] = error
    return answers


def _is_of(entry: Values, member: Values, day: str) -> bool:
    return _is_named(entry, member) and entry.get("dayofweek", "").strip() == day


def _is_named(entry: Values, member: Values) -> bool:
    return entry.get("name", member["name"]) == member["name"]


def _place(entry: Values) -> tuple[float, str]:
    number = read_number(entry.get("settime", ""))
    return (float(number) if number is not None else 0.0, entry.get("starttime", ""))


def _entry(entry: Values, target: Target, member: Values, settings: FountenSettings) -> str:
    """Return an entry as ``setTime:1 startTime:06:30 system:Heat heatSetting:68``."""
    parts = []
    for name in _READ[1:]:
        attribute = SCHEDULE_ATTRIBUTES[name.lower()]
        unit, format_ = unit_of(target.device, settings), member.get(FORMAT.lower(), "")
        value = decode(attribute, entry.get(name.lower(), ""), unit, format_)
        if value is not None:
            parts.append(f"{name}:{str(value).strip()}")
    return " ".join(parts)
