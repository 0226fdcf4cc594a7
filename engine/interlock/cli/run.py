"""``interlock run``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish
from interlock.service.logs.form import LogForm

if TYPE_CHECKING:
    from interlock.config.journal_place import JournalPlace
    from interlock.config.site import Site


def run(
    site: SiteArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Evaluate everything and send nothing.")] = False,
    journal: JournalOption = None,
    verbose: VerboseOption = 0,
    log_format: Annotated[
        LogForm,
        typer.Option(
            "--log-format",
            metavar="FORM",
            help="auto, text or json; auto is json for the journal of systemd.",
        ),
    ] = LogForm.AUTO,
) -> None:
    """Run a site. It ends with Ctrl-C or SIGTERM; its log goes to standard error.

    \b
    Example:
      interlock run site.yaml --dry-run
    """
    from interlock.cli.output import err, show_report, start_logging
    from interlock.clock import WallClock
    from interlock.config.report import render
    from interlock.service.daemon import run_service
    from interlock.service.host.punctual import punctual_loop
    from interlock.service.loading import journal_of, load
    from interlock.service.logs.lines import Detail, is_for_programs, limit_repeats, use_timezone
    from interlock.service.reloading.reloader import log_findings

    start_logging(Detail.EVENTS, verbose, log_format)
    limit_repeats(WallClock().monotonic)
    loaded = load(site)
    use_timezone(loaded.site.timezone)
    if is_for_programs(log_format):
        log_findings(loaded.warnings)
    elif loaded.warnings:
        show_report(err(), render(loaded.warnings))
    path = journal_of(loaded.site, journal)
    finish(run_service(loaded, path, dry_run=dry_run), punctual_loop)
    if dry_run:
        _show_unsent(path, loaded.site)


def _show_unsent(journal: JournalPlace, site: Site) -> None:
    """Print how much the dry run that has ended would have sent."""
    from interlock.cli.output import say
    from interlock.cli.rehearsals import show_counts
    from interlock.clock import WallClock
    from interlock.service.rehearsal import last_dry_run, rehearsed

    now = WallClock().now()
    since = finish(last_dry_run(journal)) or now
    found = finish(rehearsed(journal, since, now, site))
    show_counts(found, site)
    if found.commands or found.messages:
        say("interlock would-send tells each of them, and why")
