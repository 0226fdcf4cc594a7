"""Weather as samples in time, and the weather in between: a straight line from one to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from interlock.errors import WeatherError
from interlock.simulation.plant.figures import S_PER_H
from interlock.simulation.plant.outdoors import Outdoors, between

_MARGIN_S = S_PER_H
"""What lies so little before the first or after the last sample has its weather."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The weather at an instant."""

    instant_s: float
    outdoors: Outdoors


class SampledWeather:
    """Weather between the first and the last of some samples.

    Args:
        name: Of the file, for messages.
        samples: In the order of time, two at least.
    """

    def __init__(self, name: str, samples: Sequence[Sample]) -> None:
        self._name = name
        self._times_s = [sample.instant_s for sample in samples]
        self._samples = [sample.outdoors for sample in samples]

    def at(self, instant: datetime) -> Outdoors:
        """Return the weather at an aware instant.

        Raises:
            WeatherError: It lies more than an hour outside of the samples.
        """
        now_s, times_s = instant.timestamp(), self._times_s
        if not times_s[0] - _MARGIN_S <= now_s <= times_s[-1] + _MARGIN_S:
            raise WeatherError(
                f"{self._name} covers {self.span}, but not {instant.astimezone(UTC):%Y-%m-%d %H:%M}"
            )
        after = min(max(bisect_right(times_s, now_s), 1), len(times_s) - 1)
        share = (now_s - times_s[after - 1]) / (times_s[after] - times_s[after - 1])
        return between(self._samples[after - 1], self._samples[after], min(max(share, 0.0), 1.0))

    @property
    def span(self) -> str:
        """The first and the last instant, for messages."""
        first, last = (datetime.fromtimestamp(self._times_s[end], UTC) for end in (0, -1))
        return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
