"""The files that a simulation writes, found wanting before it begins."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.config.site import Site
from interlock.errors import ReportFailed
from interlock.service.loading import default_journal
from interlock.simulation.event_log import EventLog
from interlock.simulation.report.library import drawing_code


def check_writable(path: Path, site: Site, *, is_replaced: bool = True) -> None:
    """Let a file be written later.

    Args:
        path: The file.
        site: Whose files are not written over.
        is_replaced: Whether it takes the place of what is there, as a report does; a log is written into it,
            which can be a pipe or a device.

    Raises:
        ValueError: it cannot be, or it is one of the site's own; the message says why.
    """
    own = {os.path.realpath(each) for each in (*site.files, default_journal(site.path))}
    if os.path.realpath(path) in own:
        raise ValueError(f"{path} belongs to the site, and is not written over")
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = None
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None
    if mode is not None:
        _check_kind(path, mode, is_replaced=is_replaced)
    _check_place(path, is_replaced=is_replaced or mode is None)


def _check_kind(path: Path, mode: int, *, is_replaced: bool) -> None:
    if stat.S_ISDIR(mode):
        raise ValueError(f"{path} is a directory")
    if is_replaced and not stat.S_ISREG(mode):
        raise ValueError(f"{path} cannot be written: what is there is not a file")
    if not os.access(path, os.W_OK):
        raise ValueError(f"{path} cannot be written: permission denied")


def _check_place(path: Path, *, is_replaced: bool) -> None:
    parent = path.absolute().parent
    if not parent.is_dir():
        raise ValueError(f"{path} cannot be written: there is no directory {parent}")
    if is_replaced and not os.access(parent, os.W_OK):
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
