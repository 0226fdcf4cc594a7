"""A simulated thermostat: its attributes, who set them, what it runs, and what it remembers."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from interlock_founten.simulator.attributes import (
    ACTIVE,
    DEGREES,
    RECORDED,
    RESERVED,
    fits,
    start_values,
)
from interlock_founten.simulator.schedule import Schedule, SetTime

_LONGEST_MEMORY = 10_000
"""Commands and records that a thermostat keeps; a server that runs for months must not grow."""
_SECOND_STAGE = 3.0
"""Degrees from the setting from which the second stage helps."""
_DIFFERENTIAL = 0.5
"""Degrees beyond the setting until which a stage runs on, so that it does not switch at each tenth."""
_RECORDED = frozenset(name.lower() for name in RECORDED)
_RUNNING = frozenset({"runstatus", "auxstatus"})


@dataclass(frozen=True, slots=True)
class Record:
    """What a thermostat held at an instant."""

    at: datetime
    values: Mapping[str, str]
    """By names in lower case: what the history tells, and the user-defined attributes."""


class Thermostat:
    """One thermostat of the site. Its values are texts, as the protocol has them."""

    def __init__(self, name: str, serial_no: str, now: datetime) -> None:
        # Public clients of live sites select by a nodeName such as thrm2A38, which the manual does not know.
        node_name = f"thrm{crc32(serial_no.encode()):08X}"
        self._values = dict(start_values()) | {"name": name, "serialno": serial_no, "nodename": node_name}
        self.schedule = Schedule()
        self.changes = 0
        """Grows with each change of an attribute."""
        self.told: deque[tuple[str, str]] = deque(maxlen=_LONGEST_MEMORY)
        """What clients set, oldest first: names in lower case, and values; a schedule's entries as texts."""
        self.history: deque[Record] = deque(maxlen=_LONGEST_MEMORY)
        """Oldest first."""
        self._run()
        self.record(now)

    def value(self, name: str) -> str:
        """Return what an attribute holds, in any case of its name; an unknown one is empty."""
        return self._values.get(name.lower(), "")

    def names(self) -> Sequence[str]:
        """Return the names of all its attributes, reserved and user-defined, in lower case."""
        return tuple(self._values)

    def set(self, name: str, value: str, now: datetime) -> bool:
        """Set an attribute for a client; return whether it could be set.

        A name that is not reserved makes a user-defined attribute.
        """
        attribute = RESERVED.get(name.lower())
        if attribute is not None and not attribute.accepts(value):
            return False
        self.told.append((name.lower(), value))
        self._take(name.lower(), value, "Remote", now)
        return True

    def hold(self, name: str, value: str, now: datetime) -> None:
        """Make an attribute hold a value, as the building or a hand at the thermostat does.

        Raises:
            ValueError: a reserved attribute cannot hold it.
        """
        attribute = RESERVED.get(name.lower())
        if attribute is not None and not fits(value, attribute.takes):
            raise ValueError(f"{attribute.name} cannot be '{value}'")
        self._take(name.lower(), value, "Station", now)

    def follow_schedule(self, since: datetime, until: datetime, timezone: ZoneInfo) -> None:
        """Do what the set times say that passed after an instant and up to another."""
        if self.value("schedule") != "On":
            return
        repeat, is_vacant = self.value("scheduleRepeat"), self.value("status") == "Vacant"
        for at, entry in self.schedule.passed(since, until, timezone, repeat=repeat, is_vacant=is_vacant):
            self.changes += 1
            self._values |= {**self._scheduled(entry), "setby": "Schedule"}
            self._run()
            self.record_change(at)

    def begin(self, now: datetime) -> None:
        """Remember nothing but what it holds now."""
        self.history.clear()
        self.record(now)

    def record(self, now: datetime) -> None:
        """Remember what it holds."""
        kept: Mapping[str, str] = {
            name: value for name, value in self._values.items() if name in _RECORDED or name not in RESERVED
        }
        if self.history and self.history[-1].values == kept:
            # A year of quarters of an hour must not need the room of a year of changes.
            kept = self.history[-1].values
        self.history.append(Record(now, kept))

    def record_change(self, now: datetime) -> None:
        """Remember what it holds, unless that is what the last record says."""
        last = self.history[-1].values
        if any(self._values[name] != last.get(name) for name in _RECORDED):
            self.record(now)

    def _take(self, name: str, value: str, set_by: str, now: datetime) -> None:
        self.changes += 1
        if name == "temperatureformat" and value != self.value(name):
            self._convert(to_celsius=value == "Celsius")
        self._values[name] = value
        if name in ACTIVE:
            self._values["setby"] = set_by
        if name not in _RUNNING:
            self._run()
        self.record_change(now)

    def _convert(self, *, to_celsius: bool) -> None:
        for name in DEGREES:
            degrees = float(self._values[name])
            converted = (degrees - 32) / 1.8 if to_celsius else degrees * 1.8 + 32
            digits = 1 if name == "temperature" else 0
            self._values[name] = f"{converted:.{digits}f}"

    def _scheduled(self, entry: SetTime) -> Mapping[str, str]:
        """Return what a set time sets; the thermostat's own attributes stand in where it has one for all."""
        given = {
            "frontkeypad" if name == "keypad" else name.lower(): value
            for name, value in entry.settings.items()
        }
        if self.value("scheduleMultipleSystem") == "No":
            given["system"] = self.value("scheduleSystem")
            given["frontkeypad"] = self.value("scheduleFrontKeypad")
        if self.value("scheduleMultipleFan") == "No":
            given["fan"] = self.value("scheduleFan")
        return given

    def _run(self) -> None:
        status = self._running()
        aux = status == "Heat-Stage2" and self.value("systemType") == "Heat Pump"
        self._values |= {"runstatus": status, "auxstatus": "On" if aux else "Off"}

    def _running(self) -> str:
        system, temperature = self.value("system"), float(self.value("temperature"))
        lacking = float(self.value("heatSetting")) - temperature
        excess = temperature - float(self.value("coolSetting"))
        if system in {"Heat", "Auto"} and lacking > self._release("Heat"):
            return f"Heat-Stage{self._stage(lacking, 'heatStages')}"
        if system in {"Cool", "Auto"} and excess > self._release("Cool"):
            return f"Cool-Stage{self._stage(excess, 'coolStages')}"
        return "Fan" if self.value("fan") == "On" else "Off"

    def _release(self, kind: str) -> float:
        """Return how many degrees short of its setting a stage begins, and below which it ends."""
        return -_DIFFERENTIAL if self.value("runStatus").startswith(kind) else 0.0

    def _stage(self, degrees: float, stages: str) -> int:
        return 2 if degrees >= _SECOND_STAGE and int(self.value(stages)) >= 2 else 1


class Site:
    """The thermostats of one server, and the time in which they live.

    Nothing runs by itself: `advance` catches up with what happened since it was called last.
    """

    def __init__(self, timezone: ZoneInfo, now: datetime) -> None:
        self.timezone = timezone
        self.thermostats: list[Thermostat] = []
        self._now = now

    def begin(self, now: datetime) -> None:
        """Begin at an instant, whatever was before."""
        self._now = now
        for thermostat in self.thermostats:
            thermostat.begin(now)

    def advance(self, now: datetime) -> None:
        """Let set times pass and records be made up to an instant.

        After a longer time than clients can ask for, it begins anew with the last of it.
        """
        if now == self._now:
            return
        since = max(self._now, now - _LONGEST_WAY)
        while since < now:
            until = min(_next_record(since), now)
            for thermostat in self.thermostats:
                thermostat.follow_schedule(since, until, self.timezone)
                if until == _next_record(since):
                    thermostat.record(until)
            since = until
        self._now = max(self._now, now)


RECORD_EVERY = timedelta(minutes=15)
"""How often a record is made although nothing changes, counted from the full hour."""
_LONGEST_WAY = timedelta(days=31)


def _next_record(instant: datetime) -> datetime:
    quarters = int(instant.timestamp() // RECORD_EVERY.total_seconds())
    return datetime.fromtimestamp((quarters + 1) * RECORD_EVERY.total_seconds(), instant.tzinfo)
