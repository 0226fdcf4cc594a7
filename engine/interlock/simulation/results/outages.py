"""What was away or broken: connections, the service, interlocks; and what people would have been told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from interlock.history.records import ConnectionEvent, InterlockTurn, ServiceStart
from interlock.runtime.connections.health import ANSWERS_AGAIN
from interlock.simulation.faults.fault import Turn
from interlock.simulation.results.happening import Happening, Message, Request, ServiceEnd

_MOST_TEXTS = 100
"""Messages may differ without end: what comes later is counted without its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """How often something was away or broken, and for how long."""

    name: str
    count: int
    total: timedelta
    longest: timedelta
    reason: str = ""
    """Why at last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFigures:
    """The messages through one notifier."""

    via: str
    count: int
    texts: Mapping[str, int]
    """What they said, the commonest first."""


@dataclass(slots=True)
class _Spell:
    since: datetime | None = None
    count: int = 0
    total: timedelta = timedelta()
    longest: timedelta = timedelta()
    reason: str = ""

    def begin(self, at: datetime, reason: str) -> None:
        self.reason = reason
        if self.since is None:
            self.since = at
            self.count += 1

    def end(self, at: datetime) -> None:
        if self.since is not None:
            self.total += at - self.since
            self.longest = max(self.longest, at - self.since)
            self.since = None


@dataclass(slots=True)
class _Spells:
    by_name: dict[str, _Spell] = field(default_factory=dict)

    def turn(self, name: str, at: datetime, reason: str, *, is_begin: bool) -> None:
        spell = self.by_name.setdefault(name, _Spell())
        if is_begin:
            spell.begin(at, reason)
        else:
            spell.end(at)

    def end_all(self, at: datetime) -> None:
        for spell in self.by_name.values():
            spell.end(at)

    def outages(self) -> Sequence[Outage]:
        return [
            Outage(name=name, count=each.count, total=each.total, longest=each.longest, reason=each.reason)
            for name, each in sorted(self.by_name.items())
            if each.count
        ]


class OutageTally:
    """Measures how long things were away."""

    def __init__(self) -> None:
        self._connections = _Spells()
        self._interlocks = _Spells()
        self._service = _Spells()
        self._faults = _Spells()
        self._messages: dict[str, Counter[str]] = {}
        self._requests: Counter[str] = Counter()

    def take(self, at: datetime, happening: Happening) -> None:
        """Measure what happened."""
        match happening:
            case ConnectionEvent(connection=name, text=text):
                self._connections.turn(name, at, text, is_begin=not text.endswith(ANSWERS_AGAIN))
            case InterlockTurn(interlock=name, reason=reason, is_broken=is_broken):
                self._interlocks.turn(name, at, reason, is_begin=is_broken)
            case ServiceStart():
                self._service.turn("service", at, "", is_begin=False)
            case ServiceEnd(is_last=is_last):
                self._end(at, is_last=is_last)
            case Turn(fault=fault, is_begin=is_begin):
                self._faults.turn(str(fault), at, "", is_begin=is_begin)
            case Message():
                self._note(happening)
            case Request():
                self._requests[happening.method] += 1

    def _end(self, at: datetime, *, is_last: bool) -> None:
        self._connections.end_all(at)
        self._interlocks.end_all(at)
        self._service.turn("service", at, "", is_begin=not is_last)
        if is_last:
            self._faults.end_all(at)

    def faults(self) -> Sequence[Outage]:
        """Return what went wrong because it was meant to, such as ``house offline``."""
        return self._faults.outages()

    def connections(self) -> Sequence[Outage]:
        """Return the outages of connections, as the service noticed them."""
        return self._connections.outages()

    def interlocks(self) -> Sequence[Outage]:
        """Return how long the world had broken interlocks."""
        return self._interlocks.outages()

    def service(self) -> Sequence[Outage]:
        """Return how long the service was off; nothing where it never was."""
        return self._service.outages()

    def messages(self) -> Sequence[MessageFigures]:
        """Return the messages by notifier."""
        return [
            MessageFigures(via=via, count=texts.total(), texts=dict(texts.most_common()))
            for via, texts in sorted(self._messages.items())
        ]

    def requests(self) -> Mapping[str, int]:
        """Return the requests to other servers by their methods."""
        return dict(sorted(self._requests.items()))

    def _note(self, message: Message) -> None:
        texts = self._messages.setdefault(message.via, Counter())
        text = " ".join(f"{message.title} {message.text}".split())
        texts[text if text in texts or len(texts) < _MOST_TEXTS else "others"] += 1
