"""``interlock simulate``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from interlock.cli.arguments import JsonOption, SiteArgument, VerboseOption, whole_number
from interlock.cli.exits import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from interlock.service.loading import Loaded
    from interlock.simulation.faults.recurrence import Stretch
    from interlock.simulation.pictures import Pictures
    from interlock.simulation.plant.outdoors import Weather
    from interlock.simulation.results import Results
    from interlock.simulation.simulate import Script

T = TypeVar("T")
_MANY_POLLS = 1_000_000
"""These take some minutes."""


def simulate(
    site: SiteArgument,
    *,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="The first day, or instant, in the site's zone."),
    ] = None,
    length: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long; whole days are calendar days.")
    ] = "7d",
    weather: Annotated[
        Path | None,
        typer.Option("--weather", metavar="FILE", help="An EPW or CSV file, in place of the site's."),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", parser=whole_number(0), metavar="N", help="Of all that is random: the same, the same."
        ),
    ] = 0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault", metavar="TEXT", help='What goes wrong: "house offline 2h daily"; repeatable.'
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Write all that happens, a JSON object a line."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a page with drawings, as HTML.")
    ] = None,
    points: Annotated[
        list[str] | None,
        typer.Option(
            "--points", metavar="PATTERN", help="Which the page shows, such as '*.actualtemp'; repeatable."
        ),
    ] = None,
    poll: Annotated[
        str | None,
        typer.Option("--poll", metavar="DURATION", help="Poll no more often than this, to take less time."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print what the building is taken for, and play nothing.")
    ] = False,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Play a site in virtual time. Its rules act on a simulated building, and nothing is sent.

    Ctrl-C ends it, and prints what came of it until then.

    \b
    Example:
      interlock simulate site.yaml --from 2026-01-01 --for 365d --fault "house offline 2h daily"
    """
    from interlock.cli.output import err, show_report, start_logging
    from interlock.config.report import render
    from interlock.service.loading import load
    from interlock.service.logs.lines import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    loaded = load(site)
    use_timezone(loaded.site.timezone)
    if loaded.warnings:
        show_report(err(), render(loaded.warnings))
    if plan:
        _tell_plan(loaded)
        return
    if start is None:
        raise typer.BadParameter("say when it begins, such as 2026-01-01", param_hint="--from")
    _check_outputs(log, report, loaded)
    if points and not report:
        raise typer.BadParameter("it says what the page of --report shows", param_hint="--points")
    script = _script(_paced(loaded, poll), _stretch(loaded, start, length), weather, seed, fault or [])
    script = replace(script, told_poll=poll or "")
    _hint_at_pace(script)
    pictures = _pictures(script, points or []) if report else None
    results = _play(script, pictures, log, is_silent=verbose > 0)
    _tell(results, script, pictures, report, is_json=json)
    if not results.is_whole:
        raise typer.Exit(ExitCode.INTERRUPTED)


def _tell_plan(loaded: Loaded) -> None:
    from interlock.cli.output import say
    from interlock.simulation.coupling import describe, plan_of

    for line in describe(plan_of(loaded.site)):
        say(line)


def _paced(loaded: Loaded, poll: str | None) -> Loaded:
    from interlock.durations import parse_duration
    from interlock.simulation.pace import polled_each

    if poll is None:
        return loaded
    interval = _asked("--poll", lambda: parse_duration(poll))
    if interval <= timedelta():
        raise typer.BadParameter(f"'{poll}' must be longer than 0", param_hint="--poll")
    return replace(loaded, site=polled_each(loaded.site, interval))


def _hint_at_pace(script: Script) -> None:
    """Say so where a simulation will take minutes because the site is polled often."""
    from interlock.cli.output import complain
    from interlock.simulation.pace import polls_of

    count = polls_of(script.loaded, script.within.ends - script.within.begins)
    if count > _MANY_POLLS:
        complain(f"note: the site is polled {count:,} times; --poll 1m or more makes it quicker")


def _stretch(loaded: Loaded, start: str, length: str) -> Stretch:
    from interlock.durations import parse_duration
    from interlock.rules.instants import later, read_instant
    from interlock.simulation.faults.recurrence import Stretch

    zone = loaded.site.timezone
    lasts = _asked("--for", lambda: parse_duration(length))
    if lasts <= timedelta():
        raise typer.BadParameter(f"'{length}' must be longer than 0", param_hint="--for")
    begins = _asked("--from", lambda: read_instant(start, zone))

    def end() -> datetime:
        try:
            return later(begins, lasts, zone)
        except OverflowError:
            raise ValueError(f"'{length}' is too long") from None

    return Stretch(begins=begins, ends=_asked("--for", end), zone=zone)


def _script(loaded: Loaded, within: Stretch, weather: Path | None, seed: int, faults: list[str]) -> Script:
    from interlock.simulation.coupling import plan_of
    from interlock.simulation.faults import read_faults
    from interlock.simulation.simulate import Script

    return Script(
        loaded=loaded,
        within=within,
        plan=plan_of(loaded.site),
        weather=_weather(weather, loaded, within) if weather else None,
        told_weather=str(weather) if weather else "",
        faults=_asked("--fault", lambda: read_faults(faults, loaded, within, seed)),
        told_faults=faults,
        seed=seed,
    )


def _weather(path: Path, loaded: Loaded, within: Stretch) -> Weather:
    from interlock.simulation.plant.weather_file import read_weather

    covers = within.begins, within.ends
    return read_weather(path, timezone=within.zone, place=loaded.site.location, covers=covers)


def _pictures(script: Script, patterns: list[str]) -> Pictures:
    from interlock.simulation.pictures import Pictures, choose_points

    chosen = _asked("--points", lambda: choose_points(script.loaded, script.plan, patterns))
    return Pictures(script.loaded, chosen, script.within)


def _check_outputs(log: Path | None, report: Path | None, loaded: Loaded) -> None:
    """Complain now of what cannot be written: a simulation may take minutes."""
    from interlock.simulation.outputs import check_report, check_writable

    if log:
        _asked("--log", lambda: check_writable(log, loaded.site, is_replaced=False))
    if report:
        _asked("--report", lambda: check_writable(report, loaded.site))
        check_report()
    if log and report and log.resolve() == report.resolve():
        raise typer.BadParameter(f"{report} is the log already", param_hint="--report")


def _play(script: Script, pictures: Pictures | None, log: Path | None, *, is_silent: bool) -> Results:
    from interlock.cli.simulation_progress import progress_of
    from interlock.service.logs.lines import silence, use_clock
    from interlock.simulation.outputs import open_log
    from interlock.simulation.simulate import Onlooker, Simulation

    onlookers: list[Onlooker] = [pictures] if pictures else []
    with ExitStack() as stack:
        if log:
            onlookers.append(stack.enter_context(open_log(log, script.within.zone)))
        if not is_silent:
            # What the simulated service would log is in the results, and years of it would hide them.
            stack.enter_context(silence())
            onlookers.append(stack.enter_context(progress_of(script.within)))
        simulation = Simulation(script, onlookers)
        use_clock(simulation.now)
        return simulation.run()


def _tell(
    results: Results, script: Script, pictures: Pictures | None, report: Path | None, *, is_json: bool
) -> None:
    from interlock.cli.output import print_json
    from interlock.cli.simulation_summary import show_summary
    from interlock.simulation.report import write_page
    from interlock.simulation.results.document import document_of

    zone = script.within.zone
    if is_json:
        print_json(document_of(results, zone))
    else:
        show_summary(results, zone)
    if report and pictures:
        write_page(pictures.page(results), report)


def _asked(option: str, answer: Callable[[], T]) -> T:
    """Return an answer; what is wrong with what was asked is said of the option."""
    try:
        return answer()
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
