"""What came of a scenario: commands, messages and firings, taken from the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.clock import Clock
from interlock.history.journal import ACTED
from interlock.history.records import Entry, Firing, FiringEnd, Step
from interlock.model import Outcome, Point, Receipt
from interlock.rules.rule import Decision
from interlock.runtime.firings.outside import Answered
from interlock.simulation.house import HAND
from interlock.simulation.scenarios.scenario import Saying
from interlock.simulation.scenarios.watching import is_watching

_LOG = "log "


@dataclass(frozen=True, slots=True)
class Said:
    """A message, a line in the log, or a request."""

    at: datetime
    saying: Saying
    text: str
    """The message, or the method, the address and the body of a request."""
    via: str = ""
    """The notifier, of a message."""

    def __str__(self) -> str:
        return f"{self.saying.value} {f'via {self.via}: ' if self.via else ''}{self.text}"


class Listener:
    """Takes every message and answers every request of a scenario, and keeps them."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.clock: Clock | None = None
        """Tells when something was said; to be set before anything is."""

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        """Take a message."""
        self._keep(Saying.NOTIFY, f"{title}: {message}" if title else message, via)
        return f"would tell {via}"

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        """Answer a request with 200 and nothing."""
        self._keep(Saying.HTTP, " ".join(filter(None, (method, url, body))))
        return Answered(200, "", "")

    def _keep(self, saying: Saying, text: str, via: str = "") -> None:
        assert self.clock
        self.said.append(Said(self.clock.now(), saying, text, via))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What came of a scenario up to now, in order."""

    entries: Sequence[Entry]
    """The journal's."""
    told: Sequence[Said] = ()
    """Messages and requests."""
    ordered: frozenset[str] = frozenset()
    """The ids of commands that the scenario itself gave, as a person does."""
    devices: frozenset[Point] = frozenset()
    """The points that are no virtual ones."""

    def sent(self) -> Iterator[Receipt]:
        """Yield the commands that were carried out, or may have been; not those that the scenario gave."""
        yield from (each for each in self.receipts() if each.outcome in ACTED)

    def failed(self) -> Iterator[Receipt]:
        """Yield the commands that failed for good; not those that the scenario gave."""
        return (each for each in self.receipts() if each.outcome is Outcome.FAILED)

    def refused(self) -> Iterator[Receipt]:
        """Yield the commands that were refused; those of persons too."""
        return (each for each in self._all_receipts() if each.outcome is Outcome.REFUSED)

    def receipts(self) -> Iterator[Receipt]:
        """Yield what became of each command, but for those that the scenario itself gave."""
        found = (each for each in self._all_receipts() if each.command.id not in self.ordered)
        return (each for each in found if each.command.origin != HAND)

    def said(self) -> Sequence[Said]:
        """Return what rules said, in order."""
        logged = [
            Said(each.at, Saying.LOG, each.note)
            for each in self.steps()
            if each.text.startswith(_LOG) and each.firing not in self._watches()
        ]
        return sorted([*self.told, *logged], key=lambda said: said.at)

    def steps(self) -> Iterator[Step]:
        """Yield what firings did."""
        return (each for each in self.entries if isinstance(each, Step))

    def firings(self) -> Iterator[Firing]:
        """Yield the firings of the site's rules, their ``else`` and ``finally`` too."""
        return (each for each in self._all_firings() if not is_watching(each.decision.rule.id))

    def violations(self, rule: str) -> Iterator[Decision]:
        """Yield what a rule that watches an expectation saw."""
        return (each.decision for each in self._all_firings() if each.decision.rule.id == rule)

    def near_misses(self) -> Iterator[Decision]:
        """Yield the decisions by which rules did not fire."""
        found = (each for each in self.entries if isinstance(each, Decision))
        return (each for each in found if not is_watching(each.rule.id))

    def ends(self) -> Mapping[str, FiringEnd]:
        """Return how firings ended, by their ids."""
        return {each.firing: each for each in self.entries if isinstance(each, FiringEnd)}

    def _all_receipts(self) -> Iterator[Receipt]:
        return (each for each in self.entries if isinstance(each, Receipt))

    def _all_firings(self) -> Iterator[Firing]:
        return (each for each in self.entries if isinstance(each, Firing))

    def _watches(self) -> frozenset[str]:
        return frozenset(each.id for each in self._all_firings() if is_watching(each.decision.rule.id))
