"""What the benchmarks have in common: rounds in turn, rows with their spread and limit, a table, a JSON.

A row is the median of several rounds. What is compared is measured in the same rounds, in turn, so that a
machine that is slow for a while is slow for both; a ratio is taken within each round. Nothing here asserts:
a row says whether its limit is met.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TypeVar

Number = TypeVar("Number", int, float)

RATIO = "ratio"
"""The unit of what two measurements of the same round were divided to."""
EXPONENT = "exponent"
"""The unit of a slope on logarithmic axes: 1 is linear."""
_DIGITS = 4


class Better(StrEnum):
    """Which way a row is better."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured."""

    name: str
    value: float
    """The median of the rounds."""
    low: float
    """Of the lowest round."""
    high: float
    """Of the highest round."""
    rounds: int
    unit: str
    better: Better = Better.LOWER
    limit: float | None = None
    """The most that is allowed, or the least where higher is better."""
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the limit is kept; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.better is Better.HIGHER else self.value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How something grows, for a plot."""

    plot: str
    """Which plot it is in."""
    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one benchmark says."""

    about: Mapping[str, float]
    """How much was measured: rules, points, polls."""
    rows: Sequence[Row]
    curves: Sequence[Curve] = field(default=())


def row(
    name: str,
    values: Sequence[float],
    unit: str,
    *,
    better: Better = Better.LOWER,
    limit: float | None = None,
    note: str = "",
) -> Row:
    """Return the row of a measurement that was taken in several rounds, or in one."""
    return Row(
        name=name,
        value=_rounded(statistics.median(values)),
        low=_rounded(min(values)),
        high=_rounded(max(values)),
        rounds=len(values),
        unit=unit,
        better=better,
        limit=limit,
        note=note,
    )


def ratio(
    name: str,
    over: Sequence[float],
    under: Sequence[float],
    *,
    better: Better = Better.LOWER,
    limit: float | None = None,
    note: str = "",
) -> Row:
    """Return the row of a ratio, taken in each of the rounds in which both were measured."""
    values = [one / other for one, other in zip(over, under, strict=True)]
    return row(name, values, RATIO, better=better, limit=limit, note=note)


def in_turn(rounds: int, **ways: Callable[[], float]) -> dict[str, list[float]]:
    """Measure each way once a round, in one order and then in the other; return what each gave, by round."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in list(ways) if number % 2 == 0 else reversed(list(ways)):
            gc.collect()
            measured[name].append(ways[name]())
    return measured


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value that such a part, from 0 to 1, of all values is not above."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def parser_for(doc: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has; Ctrl-C ends it with a word from now on."""
    sys.excepthook = _say_stopped
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--rounds", type=at_least(1), default=rounds)
    parser.add_argument("--json", type=_new_file, help="write what was found to this file")
    return parser


def at_least(least: Number) -> Callable[[str], Number]:
    """Return what reads a number from the command line that is like another one, and not below it."""

    def number(text: str) -> Number:
        if (value := type(least)(text)) < least:
            raise argparse.ArgumentTypeError(f"{value} is too few: {least} is the least")
        return value

    return number


def _new_file(text: str) -> Path:
    path = Path(text)
    # Said now, and not when all has been measured.
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def _say_stopped(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("stopped", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


def tell(findings: Findings, path: Path | None) -> None:
    """Print what was found, and write it where that was asked for."""
    print(", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in findings.about.items()))
    for each in findings.rows:
        print(line_of(each))
    for curve in findings.curves:
        print(f"{curve.plot}, {curve.name}: ", end="")
        print(", ".join(f"{x:g} → {y:.3g}" for x, y in zip(curve.x, curve.y, strict=True)))
    if path:
        path.write_text(json.dumps(to_json(findings), indent=2) + "\n", encoding="utf-8")


def line_of(each: Row) -> str:
    """Return a row as a line of text."""
    spread = f"({each.low:g} … {each.high:g})" if each.rounds > 1 else ""
    line = f"{each.name:38} {each.value:>10g} {each.unit:8} {spread:22} {limit_of(each)}"
    return f"{line.rstrip()}  {each.note}" if each.note else line.rstrip()


def limit_of(each: Row) -> str:
    """Return what a row's limit is, and whether it is met; empty where there is none."""
    if each.limit is None:
        return ""
    bound = "at least" if each.better is Better.HIGHER else "at most"
    return f"{bound} {each.limit:g}: {'met' if each.is_met else 'MISSED'}"


def to_json(findings: Findings) -> dict[str, object]:
    """Return what was found as JSON has it."""
    said = asdict(findings)
    for shown, each in zip(said["rows"], findings.rows, strict=True):
        shown["is_met"] = each.is_met
    return said


def from_json(said: Mapping[str, object]) -> Findings:
    """Return what `to_json` made JSON of."""
    about, rows, curves = said["about"], said["rows"], said["curves"]
    assert isinstance(about, dict)
    assert isinstance(rows, list)
    assert isinstance(curves, list)
    return Findings(
        about=about,
        rows=[_read_row(each) for each in rows],
        curves=[Curve(**each) for each in curves],
    )


def _read_row(said: Mapping[str, object]) -> Row:
    fields = {name: value for name, value in said.items() if name != "is_met"}
    return Row(**fields | {"better": Better(str(said["better"]))})  # type: ignore[arg-type]


def _rounded(value: float) -> float:
    """Return a number with as many digits as mean something."""
    return float(f"{value:.{_DIGITS}g}")
