"""What a set time of a schedule may hold: heat below cool, each within its thermostat's limits.

Pure functions. A call that gives one of the two settings leaves the other as it is. What that is, a
site tells where it tells schedules at all; else the limits say between which values it must lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from interlock import RejectedValue, Value
from interlock_founten.replies import Item, Values
from interlock_founten.thermostats import name_of
from interlock_founten.values import read_number

_SETTINGS = ("heatSetting", "coolSetting")
_LIMITS = ("minHeatSetting", "maxHeatSetting", "minCoolSetting", "maxCoolSetting")
"""Source: Founten API, Object Attributes / Thermostat Object: the lowest and highest that users can set."""
_NOT_ABOVE = (
    ("minHeatSetting", "heatSetting"),
    ("heatSetting", "maxHeatSetting"),
    ("minCoolSetting", "coolSetting"),
    ("coolSetting", "maxCoolSetting"),
)
_BELOW = (
    ("heatSetting", "coolSetting"),
    ("heatSetting", "maxCoolSetting"),
    ("minHeatSetting", "coolSetting"),
)
"""The last two say something where the other setting of the set time is not known."""


def limits_of(fields: Mapping[str, Value]) -> Sequence[str]:
    """Return the attributes of the thermostat that a call's fields are checked against."""
    return _LIMITS if any(name in fields for name in _SETTINGS) else ()


def leaves_one(fields: Mapping[str, Value]) -> bool:
    """Whether a call gives one of the two settings, so that the other stays as it is."""
    return sum(name in fields for name in _SETTINGS) == 1


def entry_of(texts: Mapping[str, str], items: Sequence[Item]) -> Values:
    """Return the set time that a call changes, out of the entries of its day; nothing where there is none."""
    wanted = (texts["dayOfWeek"], read_number(texts.get("setTime", "")))
    for item in items:
        number = read_number(item.values.get("settime", ""))
        if (item.values.get("dayofweek", "").strip(), number) == wanted:
            return item.values
    return {}


def refuse_unfit(texts: Mapping[str, str], member: Values, entry: Values) -> None:
    """Raise RejectedValue where a set time would hold what it must not.

    Args:
        texts: What the call sets, as the thermostat counts.
        member: The thermostat as it is now, with its limits.
        entry: The set time as it is now, as far as it is known.
    """
    limits = {name: member.get(name.lower(), "") for name in _LIMITS}
    held = {name: entry.get(name.lower(), "") for name in _SETTINGS}
    known = {**limits, **held, **texts}
    for pairs, word in ((_BELOW, "below"), (_NOT_ABOVE, "not above")):
        for low, high in pairs:
            least, most = read_number(known.get(low, "")), read_number(known.get(high, ""))
            is_ours = low in texts or high in texts
            if is_ours and least is not None and most is not None and _is_wrong(least, most, word):
                both = f"and they are {least} and {most} for thermostat '{name_of(member)}'"
                raise RejectedValue(f"{low} must be {word} {high}, {both}")


def _is_wrong(least: Decimal, most: Decimal, word: str) -> bool:
    return least >= most if word == "below" else least > most
