"""What connections have used up of their days' budgets, as the journal keeps it over restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from interlock.rules.memory import TriggerMemory
from interlock.runtime.connections.link import Link


class DayCounts:
    """Keeps the counts of connections that have a daily budget.

    Args:
        remember: Stores them, by keys that no rule has.
    """

    def __init__(self, remember: Callable[[Mapping[str, TriggerMemory]], None]) -> None:
        self._remember = remember
        self._kept: dict[str, TriggerMemory] = {}
        self._known: set[Link] = set()
        """Those that go on from what was kept."""
        self._is_loaded = False

    def load(self, memory: Mapping[str, TriggerMemory], links: Iterable[Link]) -> None:
        """Take over what an earlier run kept."""
        self._kept.update((key, each) for key, each in memory.items() if key.startswith(_PREFIX))
        self._is_loaded = True
        self.resume(links)

    def resume(self, links: Iterable[Link]) -> None:
        """Let new connections go on from what was kept; before anything was loaded, nothing is known."""
        if not self._is_loaded:
            return
        counted = {link for link in links if link.connection.settings.daily is not None}
        for link in counted - self._known:
            kept = self._kept.get(_key(link))
            if kept is not None:
                link.allowance.resume(_by_day(kept))
        self._known = counted

    def keep(self) -> None:
        """Store what is used up now."""
        counts = {
            _key(link): TriggerMemory(
                text="requests by day",
                values={day.isoformat(): used for day, used in link.allowance.used_by_day.items()},
            )
            for link in self._known
        }
        if counts:
            self._kept.update(counts)
            self._remember(counts)


_PREFIX = "connection "


def _key(link: Link) -> str:
    return f"{_PREFIX}{link.connection.name}/requests"


def _by_day(memory: TriggerMemory) -> Mapping[date, int]:
    return {date.fromisoformat(day): used for day, used in memory.values.items() if isinstance(used, int)}
