"""The thermostats of a site as a site file would declare them. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from interlock import Found
from interlock_founten.replies import Values
from interlock_founten.settings import check_text
from interlock_founten.wire import Call

LIST = Call(request="get", object="Thermostat", attributes=("name", "groupName", "serialNo"))
"""The get of every thermostat of the site."""


def found_devices(members: Sequence[Values]) -> Iterator[Found]:
    """Yield each thermostat, then each group with its members."""
    names = Counter(member.get("name", "") for member in members)
    for member in members:
        if settings := _address(member, names):
            yield Found(
                name=member.get("name") or member.get("serialno", ""),
                type="thermostat",
                settings=settings,
                description=_description(member),
            )
    groups = Counter(member.get("groupname", "") for member in members)
    for group, count in groups.items():
        if _can_select(group):
            thermostats = f"{count} thermostat{'s' if count > 1 else ''}"
            yield Found(
                name=group, type="group", settings={"groupName": group}, description=f"group of {thermostats}"
            )


def _address(member: Values, names: Counter[str]) -> dict[str, str]:
    """Return what selects this thermostat alone; nothing where nothing does."""
    name, serial = member.get("name", ""), member.get("serialno", "")
    if _can_select(name) and names[name] == 1:
        return {"name": name}
    return {"serialNo": serial} if _can_select(serial) else {}


def _can_select(text: str) -> bool:
    try:
        check_text(text)
    except ValueError:
        return False
    return True


def _description(member: Values) -> str:
    parts = [("group", member.get("groupname", "")), ("serial number", member.get("serialno", ""))]
    return ", ".join(f"{what} {text}" for what, text in parts if text.strip())
