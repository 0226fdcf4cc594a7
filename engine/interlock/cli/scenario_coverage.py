"""Printing how much of a site's rules its scenarios exercise."""

from __future__ import annotations

import math

from rich.text import Text

from interlock.cli.output import columns, say
from interlock.history.values import Json
from interlock.simulation.scenarios.coverage import Coverage, PartCovered, RuleCovered


def shown(coverage: Coverage) -> str:
    """Return how much was exercised, never rounded up: ``97 %``."""
    return f"{math.floor(coverage.percent)} %"


def summary_of(coverage: Coverage, *, is_told: bool) -> Text:
    """Return how much was exercised, in one line."""
    missing = coverage.count - coverage.covered
    line = f"coverage {shown(coverage)}: {coverage.covered} of {coverage.count} parts of the rules"
    hint = "" if is_told or not missing else "; --coverage shows what is missing"
    return Text(f"{line}{hint}", "yellow" if missing else "green")


def show_coverage(coverage: Coverage) -> None:
    """Print a line for each rule, and what of it no scenario exercised."""
    say()
    say(Text("coverage", "bold"))
    rows = [(_percent(each), f"{each.covered}/{len(each.counted)}", each.name) for each in coverage.rules]
    for line, rule in zip(columns(rows), coverage.rules, strict=True):
        is_whole = rule.covered == len(rule.counted)
        say(Text(f"  {line}", "" if is_whole else "yellow"))
        for part in rule.parts:
            if not part.is_covered and not part.is_optional:
                say(Text(f"          {_place(part)}  never: {part.text}", "yellow"))
            elif not part.is_covered:
                say(Text(f"          {_place(part)}  never: {part.text} (does not count)", "dim"))


def as_document(coverage: Coverage) -> Json:
    """Return it as JSON has it."""
    return {
        "percent": round(coverage.percent, 2),
        "covered": coverage.covered,
        "count": coverage.count,
        "rules": [
            {
                "name": rule.name,
                "file": rule.mark.source.name,
                "line": rule.mark.line,
                "parts": [
                    {
                        "text": part.text,
                        "file": part.mark.source.name,
                        "line": part.mark.line,
                        "covered": part.is_covered,
                        "counts": not part.is_optional,
                    }
                    for part in rule.parts
                ],
            }
            for rule in coverage.rules
        ],
    }


def _percent(rule: RuleCovered) -> str:
    share = 100.0 * rule.covered / len(rule.counted) if rule.counted else 100.0
    return f"{math.floor(share):3} %"


def _place(part: PartCovered) -> str:
    return f"{part.mark.source.name}:{part.mark.line}"
