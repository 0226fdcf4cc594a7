"""Whom the files of a site belong to, and who else can read those with passwords, keys and tokens."""

from __future__ import annotations

import glob
import pwd
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from interlock.config.journal_place import JournalPlace, beside
from interlock.config.secrets import FILE_NAME
from interlock.config.site import Site
from interlock.service.doctor.finding import Finding, Health

_AREA = "secrets"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_private_files(site: Site) -> Iterable[Finding]:
    """Say whether others on this machine can read the site's secrets, and its service can."""
    present = [path for path in _private(site) if path.exists()]
    findings = [finding for path in present for finding in _judge(path, site.path)]
    if findings:
        return findings
    names = " and ".join(path.name for path in present)
    return [Finding(_AREA, Health.FINE, f"nobody but their owner can read {names}" if names else "none")]


def look_at_journal_files(site: Path, journal: JournalPlace) -> Iterable[Finding]:
    """Say where the service of a site could not write its journal: somebody else ran it once."""
    path, owner = beside(journal), site.stat().st_uid
    for each in sorted(path.parent.glob(f"{glob.escape(path.name)}*")):
        found = each.lstat().st_uid
        if found != owner:
            yield Finding(
                "journal",
                Health.DOUBTFUL,
                f"{each} belongs to {_name(found)}, and the site to {_name(owner)}",
                f"where the service runs as {_name(owner)}: chown {_name(owner)} {each}",
            )


def _private(site: Site) -> Iterator[Path]:
    yield site.path.with_name(FILE_NAME)
    if site.service.listen is not None:
        yield site.service.tokens
        if site.service.tls is not None:
            yield site.service.tls.key


def _judge(path: Path, site: Path) -> Iterator[Finding]:
    found, owner = path.stat(), site.stat().st_uid
    if found.st_mode & _OTHERS:
        yield Finding(
            _AREA, Health.DOUBTFUL, f"{path} is not its owner's alone on this machine", f"chmod 600 {path}"
        )
    elif found.st_uid != owner:
        yield Finding(
            _AREA,
            Health.DOUBTFUL,
            f"{path} belongs to {_name(found.st_uid)}, and the site to {_name(owner)}, who cannot read it",
            f"where the service runs as {_name(owner)}: chown {_name(owner)} {path}",
        )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
