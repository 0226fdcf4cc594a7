"""The files that a simulation writes, found wanting before it begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.config.site import Site
from interlock.errors import ReportFailed
from interlock.service.loading import default_journal
from interlock.simulation.event_log import EventLog
from interlock.simulation.report.library import drawing_code


def check_writable(path: Path, site: Site) -> None:
    """Let a file be written later.

    Raises:
        ValueError: it cannot be, or it is one of the site's own; the message says why.
    """
    parent = path.absolute().parent
    if path.resolve() in {each.resolve() for each in (*site.files, default_journal(site.path))}:
        raise ValueError(f"{path} belongs to the site, and is not written over")
    if path.is_dir():
        raise ValueError(f"{path} is a directory")
    if not parent.is_dir():
        raise ValueError(f"{path} cannot be written: there is no directory {parent}")
    if not os.access(parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise ValueError(f"{path} cannot be written: permission denied")


def check_report() -> None:
    """Let a report be drawn later.

    Raises:
        ReportFailed: what draws it is not installed.
    """
    drawing_code()


@contextmanager
def open_log(path: Path, zone: ZoneInfo) -> Iterator[EventLog]:
    """Give a log that goes into a file, from its beginning.

    Raises:
        ReportFailed: it cannot be written, also where that happens later.
    """
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            log = EventLog(file, zone)
            yield log
            log.check()
    except OSError as error:
        raise ReportFailed(f"cannot write the log to {path}: {error.strerror or error}") from error
