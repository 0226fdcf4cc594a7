"""What became better or worse since the results that the repository keeps.

Only ratios and exponents are compared: what they divide was measured in the same rounds on the same machine.
Times and memory by themselves say more of the machine than of the product; they have limits, and which of
these are missed is said as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness import EXPONENT, RATIO, Better, Findings, Row, from_json, limit_of, line_of, to_json

KEPT = Path(__file__).with_name("results.json")
NOISE = 0.1
"""Less than this part of a ratio is never called a change, however close to each other the rounds were; of an
exponent it is this much, since one may be next to nothing."""
COMPARED = (RATIO, EXPONENT)
"""The units of what is compared."""


class Verdict(StrEnum):
    """What became of a ratio."""

    BETTER = "better"
    SAME = "same within noise"
    WORSE = "WORSE than noise"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Results:
    """What a run of the benchmarks said, by the name of each, and on what it ran."""

    python: str
    cores: int
    load: float
    """How many processes wanted a processor when it began."""
    benches: Mapping[str, Findings]


def results_of(benches: Mapping[str, Findings], load: float) -> Results:
    """Return results that were measured here, beside such a load."""
    return Results(platform.python_version(), os.cpu_count() or 1, round(load, 1), benches)


def read_results(path: Path = KEPT) -> Results:
    """Return the results that are kept; none where there is no such file."""
    if not path.exists():
        return Results("", 0, 0.0, {})
    said = json.loads(path.read_text(encoding="utf-8"))
    benches = {name: from_json(each) for name, each in said["benches"].items()}
    return Results(said["python"], said["cores"], said["load"], benches)


def write_results(results: Results, path: Path = KEPT) -> None:
    """Keep results."""
    benches = {name: to_json(each) for name, each in sorted(results.benches.items())}
    said = {"python": results.python, "cores": results.cores, "load": results.load, "benches": benches}
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def digest(results: Results) -> str:
    """Return what stands for the numbers of results, wherever they were measured."""
    said = {name: to_json(findings) for name, findings in results.benches.items()}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def judge(kept: Row | None, now: Row) -> Verdict:
    """Return what became of a row: a change is one whose rounds lie wholly beside the kept ones."""
    if kept is None:
        return Verdict.NEW
    apart = now.low > kept.high or now.high < kept.low
    noise = NOISE if now.unit == EXPONENT else NOISE * abs(kept.value)
    if not apart or abs(now.value - kept.value) <= noise:
        return Verdict.SAME
    is_higher = now.value > kept.value
    return Verdict.BETTER if is_higher is (now.better is Better.HIGHER) else Verdict.WORSE


def compare(kept: Results, now: Results) -> Iterator[tuple[Verdict, str]]:
    """Give a verdict and a line for each ratio and exponent that was measured now."""
    for bench, findings in now.benches.items():
        before = {row.name: row for row in kept.benches[bench].rows} if bench in kept.benches else {}
        for row in findings.rows:
            if row.unit in COMPARED:
                verdict = judge(before.get(row.name), row)
                yield verdict, _line(bench, before.get(row.name), row, verdict)


def missed(now: Results) -> Iterator[str]:
    """Give a line for each limit that is missed."""
    for bench, findings in now.benches.items():
        for row in findings.rows:
            if row.is_met is False:
                yield f"{bench:10} {line_of(row)}"


def _line(bench: str, kept: Row | None, now: Row, verdict: Verdict) -> str:
    was = f"was {kept.value:g}" if kept else ""
    line = f"{bench:10} {now.name:38} {now.value:>8g}  {was:12} {verdict:18} {limit_of(now)}"
    return line.rstrip()
