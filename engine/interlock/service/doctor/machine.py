"""What rules rely on in the machine: its clock, its disk, and the programs on it."""

from __future__ import annotations

import ctypes
import platform
import shutil
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path

import interlock
from interlock.service.doctor.finding import Finding, Health

_MEGABYTE = 10**6
_TOO_LITTLE = 100 * _MEGABYTE
_LITTLE = 1000 * _MEGABYTE
_UNSYNCHRONISED = 5
"""TIME_ERROR of ``adjtimex(2)``: the kernel's clock follows nobody."""
_TIMEX_BYTES = 512
"""More than any system's ``struct timex`` takes."""
_FIRST_RELEASE = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def synchronisation() -> bool | None:
    """Return whether the kernel's clock is kept right by somebody; None where it does not say."""
    try:
        ask = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    state = ask(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _UNSYNCHRONISED


def look_at_clock(
    now: datetime, is_synchronised: bool | None, last_seen: datetime | None
) -> Iterable[Finding]:
    """Say whether times of day can be trusted.

    Args:
        now: What the clock says.
        is_synchronised: As `synchronisation` returns it.
        last_seen: When a service on the site's journal was last alive.
    """
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    earliest = max(_FIRST_RELEASE, last_seen or _FIRST_RELEASE)
    if now < earliest:
        yield Finding(
            "time",
            Health.BAD,
            f"the clock says {shown}, and it was {earliest:%Y-%m-%d %H:%M} already",
            "set it; a machine without a battery for its clock needs a time server at each start",
        )
    elif is_synchronised is None:
        yield Finding("time", Health.DOUBTFUL, f"{shown}; the system does not say whether that is right")
    elif is_synchronised:
        yield Finding("time", Health.FINE, f"{shown}, kept right by a time server")
    else:
        yield Finding(
            "time",
            Health.DOUBTFUL,
            f"{shown}, and no time server keeps it right",
            "switch one on, for example by timedatectl set-ntp true: rules go by this clock",
        )


def look_at_disk(folder: Path) -> Iterable[Finding]:
    """Say whether there is room for the journal."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        yield Finding("disk", Health.BAD, f"{folder}: {reason}", "make the folder of the journal")
        return
    text = f"{free / 1000 / _MEGABYTE:.1f} GB free at {folder}"
    if free < _TOO_LITTLE:
        yield Finding("disk", Health.BAD, text, "make room: the journal cannot be written for long")
    elif free < _LITTLE:
        yield Finding(
            "disk", Health.DOUBTFUL, text, "make room, or let the journal lie elsewhere by --journal"
        )
    else:
        yield Finding("disk", Health.FINE, text)


def look_at_programs() -> Iterable[Finding]:
    """Say what is installed."""
    plugins = {
        f"{each.dist.name} {each.dist.version}" for each in entry_points(group="interlock") if each.dist
    }
    own = f"interlock {interlock.__version__}"
    others = sorted(each for each in plugins if each != own)
    parts = [own, f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}", *others]
    yield Finding("versions", Health.FINE, ", ".join(parts))
