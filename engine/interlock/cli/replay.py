"""``interlock replay``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.exits import ExitCode
from interlock.cli.instants import instant_of_option

if TYPE_CHECKING:
    from interlock.service.loading import Loaded
    from interlock.simulation.replay.playing import Own
    from interlock.simulation.replay.record import Record
    from interlock.simulation.replay.replaying import Replayed, Sources

_TOLERANCE = "1m"


def replay(
    site: SiteArgument,
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="The first day, or instant, in the site's zone.")
    ],
    end: Annotated[
        str, typer.Option("--to", metavar="TIME", help="Until before this; now if not given.")
    ] = "",
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            metavar="OTHER",
            help="Compare the site's rules with these: another site, or a file of rules that take the "
            "place of those with the same ids.",
        ),
    ] = None,
    journal: JournalOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="Go by what interlock history fetched too.")
    ] = False,
    csv: Annotated[
        list[Path] | None,
        typer.Option(
            "--csv", metavar="FILE", help="Go by a file of readings too; may be given several times."
        ),
    ] = None,
    own: Annotated[
        str,
        typer.Option(
            "--own",
            metavar="WHICH",
            help="What points show that rules command: as-recorded, or what the replay commands: plant.",
        ),
    ] = "as-recorded",
    tolerance: Annotated[
        str, typer.Option("--tolerance", metavar="TIME", help="How far off a command is still the same.")
    ] = _TOLERANCE,
    commands: Annotated[
        bool, typer.Option("--commands", help="List every command that would be sent, not only differences.")
    ] = False,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Show too what rules look at around an instant, and why not all fire.",
        ),
    ] = "",
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a page for people, in HTML.")
    ] = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Play what was recorded to the rules again, and show what they would do differently. Nothing is sent.

    Readings come from the journal of a service. What would be sent is compared with what was, or, with
    --rules, what other rules would send with what the site's own would.
    Exit status, as of diff: 0 no difference, 1 differences, 2 anything wrong.

    \b
    Example:
      interlock replay site.yaml --from 2026-10-01 --to 2026-11-01 --rules edited/rules/cooling.yaml
    """
    from interlock.cli.output import start_logging
    from interlock.cli.replayed import show
    from interlock.service.logs.lines import Detail
    from interlock.simulation.replay.replaying import Sources

    start_logging(Detail.ERRORS, verbose)
    with _trouble():
        wanted = _Wanted(
            own=_own(own),
            tolerance=_length(tolerance),
            journal=journal,
            sources=Sources(fetched=history, tables=tuple(csv or ())),
            report=report,
            at=at,
        )
        replayed = _replay(site, rules, start, end, wanted)
        show(replayed, lists_commands=commands, is_json=json)
        if report and not json:
            _say_where(report)
    is_same = replayed.comparison is None or replayed.comparison.is_same
    raise typer.Exit(ExitCode.FINE if is_same else ExitCode.FINDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    own: Own
    tolerance: timedelta
    journal: str | None
    sources: Sources
    report: Path | None
    at: str


def _replay(site: Path, rules: Path | None, start: str, end: str, wanted: _Wanted) -> Replayed:
    from interlock.clock import WallClock
    from interlock.service.loading import journal_of, load
    from interlock.service.logs.lines import use_timezone
    from interlock.simulation.replay.other_rules import load_other
    from interlock.simulation.replay.replaying import open_record, replay, span_of

    loaded = load(site)
    other = load_other(rules, loaded) if rules else None
    zone = loaded.site.timezone
    use_timezone(zone)
    first = instant_of_option(start, zone, "--from")
    last = instant_of_option(end, zone, "--to") if end else WallClock().now()
    if first >= last:
        raise typer.BadParameter(f"--from {start} is not before --to {end or 'now'}")
    looks_at = instant_of_option(wanted.at, zone, "--at") if wanted.at else None
    if looks_at and not first <= looks_at < last:
        raise typer.BadParameter(f"--at {wanted.at} is not between --from and --to")
    if wanted.report:
        _check_report(wanted.report, loaded)
    sources = wanted.sources
    if wanted.journal:
        sources = replace(sources, journal=journal_of(loaded.site, wanted.journal))
    with open_record(loaded.site, sources) as record:
        span = span_of(record, other or loaded, first, last, wanted.tolerance)
        with _progress():
            replayed = replay(loaded, record, span, wanted.own, other, looks_at=looks_at)
        if wanted.report:
            _write(wanted.report, replayed, record, other or loaded)
    return replayed


def _write(path: Path, replayed: Replayed, record: Record, loaded: Loaded) -> None:
    from interlock.simulation.replay.page import page_of
    from interlock.simulation.report import write_page

    write_page(page_of(replayed, record, loaded.rules), path)


def _say_where(path: Path) -> None:
    from interlock.cli.output import say

    say(f"report: {path}")


@contextmanager
def _trouble() -> Iterator[None]:
    """End the program with the status that diff has for trouble, after saying what is wrong."""
    from interlock.cli.failures import describe
    from interlock.cli.output import complain, err, show_report
    from interlock.config.report import render
    from interlock.errors import ConfigurationError, InterlockError

    try:
        yield
    except ConfigurationError as error:
        show_report(err(), render(error.diagnostics))
        raise typer.Exit(ExitCode.USAGE) from None
    except InterlockError as error:
        complain(f"error: {describe(error)}")
        raise typer.Exit(ExitCode.USAGE) from None


@contextmanager
def _progress() -> Iterator[None]:
    """Show that something goes on, where standard error is a terminal."""
    from interlock.cli.output import err

    console = err()
    if not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    with console.status("replaying"):
        yield


def _own(text: str) -> Own:
    from interlock.simulation.replay.playing import Own

    try:
        return Own(text)
    except ValueError:
        known = ", ".join(each.value for each in Own)
        raise typer.BadParameter(f"there is no --own '{text}': write one of {known}") from None


def _length(text: str) -> timedelta:
    from interlock.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"--tolerance {error}") from None


def _check_report(path: Path, loaded: Loaded) -> None:
    from interlock.simulation.outputs import check_report, check_writable

    try:
        check_writable(path, loaded.site)
    except ValueError as error:
        raise typer.BadParameter(f"--report {error}") from None
    check_report()
