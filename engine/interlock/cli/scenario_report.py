"""Printing what came of scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from rich.text import Text

from interlock.cli.output import columns, complain, out, print_json, say, show_report
from interlock.cli.scenario_coverage import as_document, show_coverage, shown, summary_of
from interlock.history.values import Json
from interlock.plurals import counted
from interlock.simulation.scenarios.coverage import Coverage
from interlock.simulation.scenarios.scenario import Scenario
from interlock.simulation.scenarios.suite import Timed
from interlock.simulation.scenarios.telling import teller_of

_RULER = "─"


class ScenarioReport:
    """Prints each scenario as it has been played, then what failed and how many.

    Args:
        is_verbose: Whether all that happened is shown, of those that passed too.
        shows_coverage: Whether is shown which parts of the rules no scenario exercised.
        is_json: Whether a document is printed at the end, and nothing before.
    """

    def __init__(self, *, is_verbose: bool, shows_coverage: bool, is_json: bool) -> None:
        self._is_verbose = is_verbose
        self._shows_coverage = shows_coverage
        self._is_json = is_json

    def begin(self, site: str, count: int) -> None:
        """Say how many scenarios follow."""
        if not self._is_json:
            say(Text(f"{site}: {counted(count, 'scenario')}", "bold"))

    def show(self, timed: Timed) -> None:
        """Print a line on a scenario."""
        if self._is_json:
            return
        result, scenario = timed.result, timed.result.scenario
        word, style = ("passed", "green") if result.has_passed else ("FAILED", "bold red")
        line = Text().append(word, style).append(f"  {scenario.place}  {scenario.name}")
        say(line.append(f"  {_seconds(timed.took)}", "dim"))
        if self._is_verbose and result.has_passed:
            for each in teller_of(result).story():
                say(Text(f"    {each}", "dim"))

    def finish(self, results: Sequence[Timed], coverage: Coverage, *, left_out: int) -> None:
        """Print what failed, how many passed and failed, and how much of the rules was exercised."""
        if self._is_json:
            scenarios = [_document(each) for each in results]
            print_json({"scenarios": scenarios, "left_out": left_out, "coverage": as_document(coverage)})
            return
        failed = [each for each in results if not each.result.has_passed]
        for each in failed:
            self._show_failure(each)
        if self._shows_coverage:
            show_coverage(coverage)
        say()
        if self._shows_coverage or not left_out:
            say(summary_of(coverage, is_told=self._shows_coverage))
        say(_summary(results, failed, left_out))

    def is_enough(self, coverage: Coverage, least: int) -> bool:
        """Whether enough of the rules was exercised; otherwise that is said."""
        if coverage.percent < least:
            complain(f"error: the scenarios exercise {shown(coverage)} of the rules, less than {least} %")
        return coverage.percent >= least

    def _show_failure(self, timed: Timed) -> None:
        scenario = timed.result.scenario
        say()
        say(Text(f"{_RULER * 3} {scenario.name}  ({scenario.place})", "bold red"))
        show_report(out(), teller_of(timed.result).failure(is_whole=self._is_verbose) + "\n")


def list_scenarios(scenarios: Iterable[Scenario], *, is_json: bool) -> None:
    """Print where scenarios stand, and their names."""
    if is_json:
        print_json([_identity(each) for each in scenarios])
        return
    for line in columns([(each.place, each.name) for each in scenarios]):
        say(line)


def _summary(results: Sequence[Timed], failed: Sequence[Timed], left_out: int) -> Text:
    passed = len(results) - len(failed)
    parts = [f"{len(failed)} failed"] if failed else []
    parts += [f"{passed} passed"] if passed else []
    parts += [f"{left_out} left out"] if left_out else []
    took = sum((each.took for each in results), timedelta())
    return Text(f"{', '.join(parts)} in {_seconds(took)}", "bold red" if failed else "bold green")


def _document(timed: Timed) -> Json:
    result, teller = timed.result, teller_of(timed.result)
    return {
        **_identity(result.scenario),
        "passed": result.has_passed,
        "seconds": round(timed.took.total_seconds(), 3),
        "faults": list(result.faults),
        "differences": [
            {
                "file": each.mark.source.name,
                "line": each.mark.line,
                "column": each.mark.column,
                "message": each.message,
                "trace": [line.strip() for line in each.trace],
            }
            for each in result.differences
        ],
        "story": list(teller.story()),
    }


def _identity(scenario: Scenario) -> dict[str, Json]:
    place: dict[str, Json] = {"file": scenario.mark.source.name, "line": scenario.mark.line}
    return {"name": scenario.name, "description": scenario.description, **place}


def _seconds(took: timedelta) -> str:
    return f"{took.total_seconds():.2f} s"
