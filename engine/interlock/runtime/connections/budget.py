"""How often points are read where their connection may not be asked as often as the site wants.

The least urgent points are read more rarely first. Nothing is forgotten: what is read most rarely is read
at least each tenth time as often as what is spared most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from interlock.driver import ConnectionSettings
from interlock.runtime.connections.needs import Urgency

DAY = timedelta(days=1)
FOR_POLLS = 0.9
"""Of a daily budget; the rest is for commands, and for asking again what did not answer."""
_MOST = 10.0
"""So many times more rarely the less urgent points are read, before those above them are slowed."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be asked again and again."""

    requests: int
    """That it takes to ask once."""
    interval: timedelta
    """As the site wants it."""
    urgency: Urgency

    @property
    def per_second(self) -> float:
        """How many requests a second that comes to."""
        return self.requests / self.interval.total_seconds()


def allowed_per_second(settings: ConnectionSettings) -> float | None:
    """Return how many requests a second a connection's polls may make on average; None for any number.

    A daily budget is spread over the day.
    """
    limits = []
    if settings.rate:
        limits.append(settings.rate.for_reads / settings.rate.period.total_seconds())
    if settings.daily:
        limits.append(settings.daily * FOR_POLLS / DAY.total_seconds())
    return min(limits, default=None)


def load_of(demands: Sequence[Demand]) -> float:
    """Return how many requests a second demands come to."""
    return sum(demand.per_second for demand in demands)


def paces(demands: Sequence[Demand], allowed: float | None) -> Sequence[timedelta]:
    """Return how often each of several demands can be met, together within so many requests a second."""
    if allowed is None or load_of(demands) <= allowed:
        return [demand.interval for demand in demands]
    factors = _factors(demands, allowed)
    return [_slowed(demand.interval, factors[demand.urgency]) for demand in demands]


def _factors(demands: Sequence[Demand], allowed: float) -> dict[Urgency, float]:
    """Return by how much to slow demands of each urgency, the least urgent first."""
    loads = dict.fromkeys(sorted({each.urgency for each in demands}, reverse=True), 0.0)
    for demand in demands:
        loads[demand.urgency] += demand.per_second
    factors = dict.fromkeys(loads, 1.0)
    for urgency, own in loads.items():
        room = allowed - sum(loads[each] / factors[each] for each in loads if each is not urgency)
        factors[urgency] = min(max(own / room, 1.0), _MOST) if room > 0 else _MOST
    left = sum(loads[each] / factors[each] for each in loads)
    return {urgency: factor * max(left / allowed, 1.0) for urgency, factor in factors.items()}


def _slowed(interval: timedelta, factor: float) -> timedelta:
    """Return an interval as a whole number of seconds, unless it stays as it is."""
    return interval if factor == 1.0 else math.ceil(round(interval / _SECOND * factor, 6)) * _SECOND
