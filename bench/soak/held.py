"""What the live soak's service holds at a moment, and whether that grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_GROWTH = 1.10
"""Of what is held, from the second quarter of the time to the last."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process held at a moment."""

    at_s: float
    rss_mb: float
    handles: int
    threads: int
    cpu_s: float
    lines: int
    journal_mb: float


def growth_of(samples: Sequence[Sample]) -> Sequence[str]:
    """Return what grew from the second quarter of the time to the last.

    What is held at the least counts of what comes and goes with each request: what leaks is held always.
    """
    quarter = max(len(samples) // 4, 1)
    parts = samples[quarter : 2 * quarter] or samples, samples[-quarter:]
    held = {
        what: [extreme(getattr(each, what) for each in part) for part in parts]
        for what, extreme in (("rss_mb", max), ("handles", min), ("threads", min))
    }
    return [
        f"{what} grew from {before} to {after}"
        for what, (before, after) in held.items()
        if after > before * MOST_GROWTH + 2
    ]
