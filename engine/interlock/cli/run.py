"""``interlock run``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from interlock.cli.arguments import JournalOption, SiteArgument, VerboseOption
from interlock.service.log_form import LogForm


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
    from interlock.config.report import render
    from interlock.service.daemon import run_service
    from interlock.service.loading import default_journal, load
    from interlock.service.logs import Detail, use_timezone

    start_logging(Detail.EVENTS, verbose, log_format)
    loaded = load(site)
    use_timezone(loaded.site.timezone)
    if loaded.warnings:
        show_report(err(), render(loaded.warnings))
    asyncio.run(run_service(loaded, journal or default_journal(loaded.site.path), dry_run=dry_run))
