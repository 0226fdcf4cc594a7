"""Whether a site's journal can be read, and whether its disk takes what is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from interlock.config.journal_place import JournalPlace
from interlock.errors import JournalError, NoJournalYet
from interlock.history.database import describe
from interlock.history.queries import JournalReader, PastRun
from interlock.service.doctor.finding import Finding, Health

_AREA = "journal"
_ABOUT_SERVER = "control goes on without it: psql with the same URL tells whether the server lets one in"
_TRIAL_BYTES = 64 * 1024
"""More than a busy second takes."""


async def look_at_journal(place: JournalPlace) -> tuple[PastRun | None, list[Finding]]:
    """Return the last run of a service, and what there is to say of its journal."""
    run, finding = await _read(place)
    if isinstance(place, Path) and finding.health is not Health.BAD and (trouble := list(_try(place))):
        return run, trouble
    return run, [finding]


async def _read(place: JournalPlace) -> tuple[PastRun | None, Finding]:
    try:
        async with JournalReader(place) as reader:
            run, megabytes = await reader.last_run(), await reader.size_bytes() / 10**6
    except NoJournalYet:
        advice = "it is made by the first interlock run"
        return None, Finding(_AREA, Health.DOUBTFUL, f"there is none at {place} yet", advice)
    except JournalError as error:
        is_file = isinstance(place, Path)
        advice = "where it is damaged, move it away: a new one is begun" if is_file else _ABOUT_SERVER
        return None, Finding(_AREA, Health.BAD, str(error), advice)
    seen = f"; a service was last alive at {run.seen_at:%Y-%m-%d %H:%M} UTC" if run else ""
    return run, Finding(_AREA, Health.FINE, f"{place}, {megabytes:.1f} MB{seen}")


def _try(journal: Path) -> Iterator[Finding]:
    """Say what speaks against writing a journal: it is tried with a file that has no name."""
    folder = journal.absolute().parent
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(bytes(_TRIAL_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        yield _unwritable(journal, describe(error))
        return
    if journal.exists() and not os.access(journal, os.W_OK):
        yield _unwritable(journal, "it may not be written")


def _unwritable(journal: Path, why: str) -> Finding:
    advice = (
        "rules act without it, and it is tried again all the time; "
        "where the service is another user's, ask the doctor as that one"
    )
    return Finding(_AREA, Health.BAD, f"{journal} cannot be written: {why}", advice)
