"""What lasts in a journal until it is replaced or over, as it stands: for a journal that is begun anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from interlock.history.records import (
    Claimed,
    Entry,
    FiringEnd,
    LetGo,
    Past,
    Remembered,
    RuleSwitch,
    Saved,
    ServiceStart,
    Unfinished,
)
from interlock.model import Reading
from interlock.rules.claims import Claim
from interlock.rules.memory import TriggerMemory

_Key: TypeAlias = tuple[object, ...]


class Standing:
    """The entries that a journal must have for the next start to go on where this run is."""

    def __init__(self) -> None:
        self._entries: dict[_Key, Entry] = {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them, the oldest first."""
        return tuple(self._entries.values())

    def take(self, entries: Iterable[Entry]) -> None:
        """Take in what is recorded; a later entry counts in place of an earlier one."""
        for entry in entries:
            if isinstance(entry, Reading):
                continue  # Nearly all of them, and `NewsFilter` has the last ones.
            match entry:
                case Claimed(claim):
                    self._put(_key_of(claim), entry)
                case LetGo(claim):
                    self._entries.pop(_key_of(claim), None)
                case Unfinished():
                    self._put(("firing", entry.firing), entry)
                case FiringEnd():
                    self._entries.pop(("firing", entry.firing), None)
                case Saved():
                    self._put(("saved", entry.name), entry)
                case RuleSwitch():
                    self._put(("switch", entry.rule), entry)
                case Remembered():
                    self._put(("memory", entry.key), entry)
                case ServiceStart():
                    self._put(("start",), entry)

    def take_past(self, past: Past) -> None:
        """Take in what earlier runs left, and this one may go on with; what stands already is newer."""
        earlier = Standing()
        earlier.take(past.unfinished)
        earlier.take(Saved(name, values) for name, values in past.saved.items())
        earlier.take(past.switches.values())
        earlier.take(map(Claimed, past.claims))
        self._entries = earlier._entries | self._entries

    def take_memory(self, memory: Mapping[str, TriggerMemory]) -> None:
        """Take in what triggers remembered; what stands already is newer."""
        earlier = Standing()
        earlier.take(Remembered(key, each) for key, each in memory.items())
        self._entries = earlier._entries | self._entries

    def _put(self, key: _Key, entry: Entry) -> None:
        self._entries.pop(key, None)
        self._entries[key] = entry


def _key_of(claim: Claim) -> _Key:
    return "claim", claim.point, claim.owner.kind, claim.owner.name
