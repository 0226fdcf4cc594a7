"""The rules and readings of `bench/rules.py` for other engines, whose environments do not have ours."""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping

THRESHOLD = 26.0
"""The first rule of each point is true above it, the next one a degree higher."""


def make_batches(points: int, batches: int) -> list[list[float]]:
    """Return the values of `bench/rules.py`, which are the same in every environment."""
    dice = random.Random(7)
    values = [dice.uniform(18, 25) for _ in range(points)]
    made = []
    for _ in range(batches):
        values = [value + dice.gauss((22 - value) * 0.1, 0.6) for value in values]
        made.append(values)
    return made


def run_limit(rules: int, points: int, batches: list[list[float]]) -> float:
    """Return the seconds that bare lambdas behind an index take."""
    index: defaultdict[str, list[tuple[int, Callable[[dict[str, float]], bool]]]] = defaultdict(list)
    for n in range(rules):
        point, limit = f"sensor.room{n % points}", THRESHOLD + n // points
        index[point].append((n, lambda v, point=point, limit=limit: v[point] > limit))
    names = [f"sensor.room{n}" for n in range(points)]
    values: dict[str, float] = {}
    last = [False] * rules
    switches = []
    began = time.process_time()
    for batch in batches:
        values.update(zip(names, batch, strict=True))
        for name in names:
            for n, rule in index[name]:
                truth = rule(values)
                if truth and not last[n]:
                    switches.append(n)
                last[n] = truth
    return time.process_time() - began


def tell(said: Mapping[str, float], limit_s: float) -> None:
    """Print one line of JSON: what an engine took, beside what its Python can do at all."""
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**said, "limit_s": limit_s, "mb": mb, "python": sys.version.split()[0]}))
