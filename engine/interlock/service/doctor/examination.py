"""Everything that the doctor looks at, in order."""

from __future__ import annotations

from pathlib import Path

from interlock.clock import WallClock
from interlock.config.journal_place import JournalPlace
from interlock.errors import ConfigurationError, Diagnostic, Severity
from interlock.rules.rule_points import read_points
from interlock.service.doctor.certificate import look_at_certificate
from interlock.service.doctor.equipment import look_at_connections, try_connections
from interlock.service.doctor.files import look_at_journal_files, look_at_private_files
from interlock.service.doctor.finding import Finding, Health
from interlock.service.doctor.journal import look_at_journal
from interlock.service.doctor.machine import (
    look_at_clock,
    look_at_disk,
    look_at_programs,
    synchronisation,
)
from interlock.service.doctor.service import look_at_api, look_at_service
from interlock.service.loading import Loaded, describe, door_of, examine, journal_of


async def examine_all(site: Path, journal: str | None = None) -> list[Finding]:
    """Look at the machine, the site, its journal, and its equipment, which is asked once.

    Args:
        site: The site file or its directory.
        journal: The file or the URL where a service writes, if not where the site says.
    """
    place, loaded, about_site = _look_at_site(site, journal)
    findings = list(look_at_programs())
    run, about_journal = await look_at_journal(place)
    findings += look_at_clock(WallClock().now(), synchronisation(), run.seen_at if run else None)
    if isinstance(place, Path):
        findings += look_at_disk(place.parent)
    findings += about_site
    if loaded:
        findings += look_at_private_files(loaded.site)
    status, about_service = await look_at_service(place)
    findings += [*about_journal, *about_service]
    if loaded:
        findings += look_at_journal_files(loaded.site.path, place)
        findings += await look_at_api(loaded.site, is_running=status is not None)
        if loaded.site.service.listen and loaded.site.service.tls:
            findings += look_at_certificate(loaded.site.service.tls, WallClock().now())
        locked = (point for each in loaded.interlocks for point in each.never.points)
        needed = {*loaded.site.watch, *read_points(loaded.rules), *locked}
        findings += look_at_connections(loaded.site, await try_connections(loaded.site, needed))
    return findings


def _look_at_site(site: Path, journal: str | None) -> tuple[JournalPlace, Loaded | None, list[Finding]]:
    found = examine(site)
    place = journal_of(found.site, journal) if found.site else door_of(site, journal)
    try:
        loaded = found.loaded
    except ConfigurationError as error:
        return place, None, list(map(_finding, error.diagnostics))
    fine = Finding("site", Health.FINE, f"{loaded.site.name}: {describe(loaded)}")
    return place, loaded, [fine, *map(_finding, loaded.warnings)]


def _finding(diagnostic: Diagnostic) -> Finding:
    health = Health.BAD if diagnostic.severity is Severity.ERROR else Health.DOUBTFUL
    text = f"{diagnostic.file}:{diagnostic.line}: {diagnostic.message}"
    return Finding("site", health, text, diagnostic.hint or "interlock check shows the place")
