"""``interlock test``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JsonOption, SiteArgument, whole_number
from interlock.cli.exits import ExitCode

if TYPE_CHECKING:
    from interlock.simulation.scenarios.scenario import Scenario
    from interlock.simulation.scenarios.suite import Suite

_MOST_NAMED = 5
"""How many scenarios are named where none is meant."""


def test(
    site: SiteArgument,
    words: Annotated[
        str,
        typer.Option("-k", metavar="WORDS", help="Only scenarios whose name or file has all these words."),
    ] = "",
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML too.")
    ] = None,
    *,
    is_list: Annotated[bool, typer.Option("--list", help="List the scenarios, and play none.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show all that happened in each scenario.")
    ] = False,
    stops: Annotated[bool, typer.Option("--exitfirst", "-x", help="Stop at the first that fails.")] = False,
    shows_coverage: Annotated[
        bool, typer.Option("--coverage", help="Show which parts of the rules no scenario exercised.")
    ] = False,
    least: Annotated[
        int | None,
        typer.Option(
            "--fail-under",
            parser=whole_number(0, 100),
            metavar="PERCENT",
            help="Fail where the scenarios exercise less of the rules.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Play the scenarios of a site in virtual time, and show what differs from what they expect.

    \b
    Example:
      interlock test site.yaml -k "cools once"
    """
    from interlock.cli.output import start_logging
    from interlock.cli.scenario_report import ScenarioReport, list_scenarios
    from interlock.service.logs.lines import Detail
    from interlock.simulation.scenarios.coverage import measure
    from interlock.simulation.scenarios.junit import write_junit
    from interlock.simulation.scenarios.suite import load_suite, play_all

    start_logging(Detail.ERRORS, 0)
    suite = load_suite(site)
    chosen = _chosen(suite, words)
    if is_list:
        list_scenarios(chosen, is_json=json)
        return
    if junit:
        _check_junit(junit, suite)
    report = ScenarioReport(is_verbose=verbose, shows_coverage=shows_coverage, is_json=json)
    report.begin(suite.loaded.site.name, len(chosen))
    results = play_all(chosen, suite.loaded, report.show, stops=stops)
    coverage = measure(suite.loaded, [each.result for each in results])
    report.finish(results, coverage, left_out=len(suite.scenarios) - len(results))
    if junit:
        write_junit(results, suite.loaded.site.name, junit)
    is_enough = least is None or report.is_enough(coverage, least)
    if not is_enough or not all(each.result.has_passed for each in results):
        raise typer.Exit(ExitCode.FINDINGS)


def _check_junit(path: Path, suite: Suite) -> None:
    """Complain of what cannot be written before anything is played."""
    from interlock.simulation.outputs import check_writable

    try:
        check_writable(path, suite.loaded.site)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--junit") from error


def _chosen(suite: Suite, words: str) -> Sequence[Scenario]:
    """Return the scenarios to play; it ends the program where there are none."""
    from interlock.cli.output import fail

    chosen = suite.chosen(words)
    if not suite.scenarios:
        path = suite.loaded.site.path
        fail(f"{path} has no scenarios: write some under 'scenarios' there, or in a file that it includes")
    if not chosen:
        names = "; ".join(each.name for each in suite.scenarios[:_MOST_NAMED])
        fail(f"no scenario has '{words}' in its name or file: there are {names}")
    return chosen
