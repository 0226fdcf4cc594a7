"""Playing a record of the past to a site's rules, in virtual time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby

from interlock.service.loading import Loaded
from interlock.simulation.coupling import Plan
from interlock.simulation.replay.echoes import Echoes
from interlock.simulation.replay.record import Record
from interlock.simulation.replay.sendings import Collector
from interlock.simulation.replay.stage import Stage
from interlock.simulation.virtual_time import run_virtual


class Own(Enum):
    """What points show that our own commands would have changed."""

    AS_RECORDED = "as-recorded"
    """What was recorded."""
    PLANT = "plant"
    """What the replay itself commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when is replayed, UTC."""

    warm_from: datetime
    """Where it begins, so that rules know at `start` what they would have known."""
    start: datetime
    end: datetime
    """Until before this something counts."""
    tolerance: timedelta
    """How far outside of it commands are of use, so that what comes a little off is not taken for missing."""

    @property
    def since(self) -> datetime:
        """From when on commands are of use."""
        return max(self.start - self.tolerance, self.warm_from)

    @property
    def until(self) -> datetime:
        """Until before when commands are of use."""
        return self.end + self.tolerance


@dataclass(frozen=True, slots=True)
class Manner:
    """How a past is replayed."""

    own: Own
    plan: Plan | None = None
    """The building that zones have their temperatures of; None for none."""
    looks_at: datetime | None = None
    """Around which instant it is noted what rules look at; None for none."""

    def around(self, tolerance: timedelta) -> tuple[datetime, datetime] | None:
        """Return from when to when that is noted."""
        at = self.looks_at
        return None if at is None else (at - tolerance, at + tolerance)


def play(loaded: Loaded, record: Record, span: Span, manner: Manner) -> Collector:
    """Replay a span, and return what would have been sent.

    Args:
        loaded: The site, with the rules that are tried.
        record: What happened.
        span: From when to when.
        manner: What points show that commands would have changed.

    Raises:
        JournalError: the record cannot be read to its end.
        WeatherError: the building's weather does not know the span.
    """
    return run_virtual(_play(loaded, record, span, manner))


async def _play(loaded: Loaded, record: Record, span: Span, manner: Manner) -> Collector:
    collector = Collector(span.since, manner.around(span.tolerance))
    stage = Stage(
        loaded,
        record.beginning(span.warm_from),
        span.warm_from,
        span.start,
        plan=manner.plan,
        obeys=manner.own is Own.PLANT,
        tell=collector.tell,
    )
    await stage.begin()
    moments = Echoes().marked(record.moments(span.warm_from, span.until, span.start))
    for at, group in groupby(moments, key=lambda each: each.at):
        await stage.come(at, list(group))
    await stage.end(span.until)
    return collector
