"""What the simulated site does with transactions: get and set of thermostats, their schedules and histories.

Source: Founten API description; the messages are those of live servers of the family.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from interlock_founten.simulator.attributes import IDENTITY, RESERVED, fits
from interlock_founten.simulator.history import SpanWrong, asked, flat, nested, read_span
from interlock_founten.simulator.names import chosen, key, spelling, usable
from interlock_founten.simulator.replies import Answer, Element, refusal
from interlock_founten.simulator.schedule import DAYS, SETTINGS, SetTime, read_start_time
from interlock_founten.simulator.thermostat import Site, Thermostat
from interlock_founten.simulator.transactions import Pair, Transaction, unique_names
from interlock_founten.simulator.variants import Variant

NONE_FOUND = refusal("No thermostats found matching selection criteria.")
NOTHING_CHANGED = refusal("No thermostat attributes where changed.")
"""The spelling is the live servers'."""
WRONG_LIST = refusal("Invalid Attribute list.")
PRETENDED = Answer(message="Updated 1 thermostats.")
"""What is said where nothing is done."""
NO_SCHEDULE_GET = refusal("Get Thermostat Schedule is currently unsupported.")
_INDEX = re.compile("[0-9]{1,4}")
_SPAN = frozenset({"startdatetime", "enddatetime"})
_ENTRY = frozenset({"dayofweek", "settime"})
_IDENTITY = frozenset(name.lower() for name in IDENTITY)


class Calls:
    """Answers transactions for a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.variant = Variant()
        """How it answers; may be replaced at any time."""
        self.unselective_sets = 0
        """How many sets named no thermostat and therefore concerned every one."""

    def answer(self, transaction: Transaction, now: datetime) -> Answer:
        """Return what the site says, after having done it."""
        if transaction.request not in _REQUESTS:
            return refusal(f"Invalid request '{transaction.request}': use get or set.")
        call = _CALLS.get((transaction.request, transaction.object))
        if call is None:
            return refusal(f"Unable to {transaction.request} object '{transaction.object}'.")
        return call(self, transaction, now)

    def get_thermostats(self, transaction: Transaction, now: datetime) -> Answer:
        """Answer with the attributes that are asked for, or all; the name comes in any case."""
        found = self._chosen(transaction.selection, ())
        names = unique_names(transaction.value) or [each.name for each in RESERVED.values()]
        if not found:
            return NONE_FOUND
        return Answer([("Thermostat", self._told(each, names)) for each in found])

    def set_thermostats(self, transaction: Transaction, now: datetime) -> Answer:
        """Set what can be set; what is read-only or no value of its attribute is left out."""
        pairs = transaction.value
        if not pairs or not all(pair.values for pair in pairs):
            return WRONG_LIST
        found = self._chosen_to_set(transaction.selection, ())
        if not found:
            return NONE_FOUND
        done = [each.set(key(pair.name, self.variant), pair.value, now) for each in found for pair in pairs]
        return _updated(found) if any(done) else NOTHING_CHANGED

    def get_schedules(self, transaction: Transaction, now: datetime) -> Answer:
        """Answer with an element for each set time that is asked for."""
        if self.variant.refuses_schedule_get:
            return NO_SCHEDULE_GET
        found = self._chosen(transaction.selection, _ENTRY)
        if not found:
            return NONE_FOUND
        wanted = {pair.name.lower(): pair.values for pair in transaction.selection if pair.values}
        names = unique_names(transaction.value)
        return Answer(
            [
                ("ThermostatSchedule", _entry(thermostat, entry, names))
                for thermostat in found
                for entry in thermostat.schedule.entries()
                if entry.day in wanted.get("dayofweek", (entry.day,))
                and str(entry.index) in wanted.get("settime", (str(entry.index),))
            ]
        )

    def set_schedules(self, transaction: Transaction, now: datetime) -> Answer:
        """Put or delete a set time, or delete a day; what tells which may stand in either list."""
        pairs = (*transaction.selection, *transaction.value)
        given = {pair.name.lower(): pair.value for pair in reversed(pairs)}
        identity = [pair for pair in transaction.value if pair.name.lower() in _IDENTITY]
        if not transaction.value or given.get("dayofweek") not in DAYS:
            return WRONG_LIST
        if "deleteall" not in given and not _INDEX.fullmatch(given.get("settime", "")):
            return WRONG_LIST
        found = self._chosen_to_set((*transaction.selection, *identity), _ENTRY)
        if not found:
            return NONE_FOUND
        done = [change_schedule(each, given) for each in found]
        return _updated(found) if any(done) else NOTHING_CHANGED

    def get_history(self, transaction: Transaction, now: datetime) -> Answer:
        """Answer with the records of a time; at most 30 days."""
        found, timezone = self._chosen(transaction.selection, _SPAN), self.site.timezone
        if not found:
            return NONE_FOUND
        try:
            span = read_span(transaction.selection, now, timezone)
        except SpanWrong as wrong:
            return refusal(str(wrong))
        tell, names = flat if self.variant.flat_history else nested, asked(transaction.value)
        elements = [element for each in found for element in tell(each, span, names, timezone)]
        return Answer(elements, message=f"Retrieved history for {len(found)} thermostats.")

    def get_site(self, transaction: Transaction, now: datetime) -> Answer:
        """Answer with the site's time zone; the manual lacks this object, and public clients ask for it."""
        return Answer([("attribute", [("timeZone", self.site.timezone.key)])])

    def _chosen(self, selection: Sequence[Pair], besides: frozenset[str] | tuple[()]) -> Sequence[Thermostat]:
        return chosen(self.site.thermostats, usable(selection, besides), self.variant)

    def _chosen_to_set(
        self, selection: Sequence[Pair], besides: frozenset[str] | tuple[()]
    ) -> Sequence[Thermostat]:
        if not usable(selection, besides):
            self.unselective_sets += 1
        return self._chosen(selection, besides)

    def _told(self, thermostat: Thermostat, names: Sequence[str]) -> Sequence[Element]:
        asked = names if "name" in {name.lower() for name in names} else ["name", *names]
        return [(self._spelling(name), thermostat.value(key(name, self.variant))) for name in asked]

    def _spelling(self, name: str) -> str:
        # Where the offset goes by its other name, that one is not in the table.
        return name if key(name, self.variant) != name.lower() else spelling(name)


_CALLS: Mapping[tuple[str, str], Callable[[Calls, Transaction, datetime], Answer]] = MappingProxyType(
    {
        ("get", "thermostat"): Calls.get_thermostats,
        ("set", "thermostat"): Calls.set_thermostats,
        ("get", "thermostatschedule"): Calls.get_schedules,
        ("set", "thermostatschedule"): Calls.set_schedules,
        ("get", "thermostathistory"): Calls.get_history,
        ("get", "site"): Calls.get_site,
    }
)
_REQUESTS = frozenset(request for request, _ in _CALLS)


def _updated(thermostats: Sequence[Thermostat]) -> Answer:
    return Answer(message=f"Updated {len(thermostats)} thermostats.")


def _entry(thermostat: Thermostat, entry: SetTime, names: Sequence[str]) -> Sequence[Element]:
    """Return what is told of an entry: what is asked for, of the thermostat too, or everything."""
    held = {name.lower(): (name, value) for name, value in entry.told()}
    asked = [name for name in names if name.lower() != "name"] if names else list(held)
    told = [held.get(name.lower(), (spelling(name), thermostat.value(name))) for name in asked]
    return [("name", thermostat.value("name")), *told]


def change_schedule(thermostat: Thermostat, given: Mapping[str, str]) -> bool:
    """Do what the pairs of a set say to a thermostat's schedule; return whether that was possible."""
    day = given["dayofweek"]
    if "deleteall" in given:
        thermostat.schedule.delete_day(day)
        thermostat.told.append(("schedule_deleteall", day))
        return True
    index = int(given["settime"])
    if "delete" in given:
        thermostat.schedule.delete(day, index)
        thermostat.told.append(("schedule_delete", f"{day} setTime:{index}"))
        return True
    entry, older = _new_entry(thermostat, day, index, given), thermostat.schedule.entry(day, index)
    if entry is not None:
        thermostat.schedule.put(entry)
        thermostat.told.append(("schedule_set" if older else "schedule_add", f"{day} {entry}"))
    return entry is not None


def _new_entry(thermostat: Thermostat, day: str, index: int, given: Mapping[str, str]) -> SetTime | None:
    """Return the entry that a set means, with what an older one says beside it; None if there can be none."""
    most, older = thermostat.value("scheduleSetTimes"), thermostat.schedule.entry(day, index)
    start = read_start_time(given.get("starttime", "")) or (older.start if older else None)
    if start is None or (most.isdecimal() and index > int(most)):
        return None
    settings = {
        name: given[name.lower()]
        for name, takes in SETTINGS.items()
        if name.lower() in given and fits(given[name.lower()], takes)
    }
    return SetTime(
        day=day, index=index, start=start, settings={**(older.settings if older else {}), **settings}
    )
