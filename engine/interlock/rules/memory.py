"""What a trigger must remember across restarts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.model import Truth, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMemory:
    """The past of one trigger, as the journal keeps it."""

    text: str = ""
    """What it is about, as written: the expression of a ``becomes``, the whole of a ``change``."""
    truth: Truth = None
    """The last known truth; None where it was never known."""
    is_armed: bool = True
    """Whether its ``until`` was true since it last fired."""
    is_pending: bool = False
    """Whether it rose and has not yet held for as long as its ``for`` asks."""
    held: timedelta = timedelta()
    """For how long it had held before `since`."""
    since: datetime | None = None
    """Since when the hold has been running, UTC; None while it is paused or not pending."""
    is_active: bool = False
    """Whether its rule fired by it, or keeps something by it, and what it is about has not ended since."""
    base: float | None = None
    """The value from which a ``change`` with ``by`` measures."""
    dip: timedelta = timedelta()
    """For how long it had ceased to be true, before `dip_since`, while its hold goes on."""
    dip_since: datetime | None = None
    """Since when it has ceased to be true, UTC; None where it has not, or is unknown."""
    value: Value | None = None
    """What a ``change`` with ``for`` waits to stay as it is."""
    was: Value | None = None
    """What that had been before."""
    marks: tuple[datetime | None, ...] = ()
    """When each trigger of a joint one came last, UTC; None where it did not since the joint one came."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """What was computed last for the points that a rule keeps."""
    last_run: datetime | None = None
    """The last time of a schedule that was taken in, UTC."""


class Memories:
    """What the triggers of all rules remembered, by their keys, which begin with the rule's id and ``/``."""

    def __init__(self, by_key: Mapping[str, TriggerMemory]) -> None:
        self._by_key = by_key
        self._by_rule: defaultdict[str, list[TriggerMemory]] = defaultdict(list)
        for key, memory in by_key.items():
            if memory.last_run is None:
                self._by_rule[key.partition("/")[0]].append(memory)

    def get(self, key: str) -> TriggerMemory | None:
        """Return what was kept under a key."""
        return self._by_key.get(key)

    def recall(self, rule: str, key: str, text: str) -> TriggerMemory:
        """Return the past of a trigger on this expression, also where it had another place or id before.

        An expression that is new in a known rule was edited: what is true already is no rise, because
        nothing should fire at night merely because a file was saved. Only a rule without any past is at
        its very first start.
        """
        known = self._by_rule.get(rule, [])
        own = self.get(key)
        same = (memory for memory in (own, *known) if memory is not None and memory.text == text)
        return next(same, TriggerMemory(text=text, truth=True if known else None))
