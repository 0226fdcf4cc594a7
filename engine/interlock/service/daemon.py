"""The service: one site, its journal, and an end when it is asked for."""

from __future__ import annotations

import logging
from pathlib import Path

import interlock
from interlock.clock import WallClock
from interlock.runtime.engine import Engine
from interlock.runtime.watchdog import Watchdog
from interlock.service.late_journal import LateJournal
from interlock.service.loading import Loaded, describe
from interlock.service.signals import StopSignals

log = logging.getLogger("interlock.service")


def default_journal(site_path: Path) -> Path:
    """Return where a site's journal lies unless said otherwise: ``interlock.sqlite`` beside the site file."""
    return site_path.parent / "interlock.sqlite"


async def run_service(loaded: Loaded, journal_path: Path, *, dry_run: bool = False) -> None:
    """Run a site until SIGINT or SIGTERM; a second signal does not wait for what is half done.

    Raises:
        JournalError: the journal cannot be used.
        EndedAtOnce: there was a second signal; the journal is closed all the same.
    """
    clock = WallClock()
    journal = LateJournal(journal_path, clock)
    with StopSignals() as signals:
        try:
            log.info("%s", describe_start(loaded, journal_path, dry_run=dry_run))
            engine = Engine(
                loaded.site,
                loaded.rules,
                clock=clock,
                journal=journal,
                dry_run=dry_run,
                version=interlock.__version__,
            )
            with Watchdog(lambda: engine.site.connections, clock=clock):
                await signals.finish(engine.run(signals.stop, journal.open))
        finally:
            await journal.close()
            log.info("interlock has ended")


def describe_start(loaded: Loaded, journal_path: Path, *, dry_run: bool) -> str:
    """Return the line that a service starts its log with."""
    parts = [describe(loaded), f"journal {journal_path}", *(["dry run: nothing is sent"] if dry_run else [])]
    return f"interlock {interlock.__version__} runs {loaded.site.name}: {', '.join(parts)}"
