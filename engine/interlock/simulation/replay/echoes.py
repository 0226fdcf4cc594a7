"""Tells readings that only show what the service had commanded from those that say something of the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from interlock.history.recording import RecordedCommand
from interlock.model import Point, Quality, Reading
from interlock.simulation.replay.moments import Moment, Shown, Wanted
from interlock.simulation.replay.sendings import is_sent

_AT_ONCE = timedelta(milliseconds=5)
"""A reading so soon after a command may stand before it in a replay, where devices take no time."""
_AFTER = timedelta(milliseconds=2)
"""So long after the command such a reading comes then."""


@dataclass(frozen=True, slots=True)
class _Asked:
    at: datetime
    """When it was sent, which a guard may have put off."""
    recorded: RecordedCommand


class Echoes:
    """Marks echoes in a record, and lets none come before the command that it is the echo of."""

    def __init__(self) -> None:
        self._asked: dict[Point, _Asked] = {}
        """What was asked of each point last, as long as nobody else has changed it since."""
        self._late: list[Shown] = []

    def marked(self, moments: Iterable[Moment]) -> Iterator[Moment]:
        """Yield the moments, without the commands, which nobody plays."""
        for moment in moments:
            yield from self._due(moment.at)
            match moment:
                case Wanted(at, recorded):
                    if is_sent(recorded.outcome, recorded.reason, recorded.exchange):
                        late = recorded.answered_at if recorded.was_deferred else None
                        self._asked[recorded.command.point] = _Asked(late or at, recorded)
                case Shown():
                    yield from self._shown(moment)
                case _:
                    yield moment
        yield from self._due(None)

    def _due(self, at: datetime | None) -> Iterator[Shown]:
        while self._late and (at is None or self._late[0].at <= at):
            yield self._late.pop(0)

    def _shown(self, shown: Shown) -> Iterator[Shown]:
        point = shown.reading.point
        asked = self._asked.get(point)
        if asked is None or shown.at < asked.at:
            yield shown
        elif not _is_told(asked.recorded, shown.reading):
            # What was there at that very instant may be what the command was about.
            if shown.reading.quality is Quality.GOOD and shown.at > asked.at:
                self._asked.pop(point)
            yield shown
        elif shown.at - asked.at <= _AT_ONCE:
            self._late.append(replace(shown, at=asked.at + _AFTER, is_echo=True))
            self._late.sort(key=lambda each: each.at)
        else:
            yield replace(shown, is_echo=True)


def _is_told(recorded: RecordedCommand, reading: Reading) -> bool:
    told = (recorded.command.value, recorded.answer)
    return reading.quality is Quality.GOOD and reading.value is not None and reading.value in told
