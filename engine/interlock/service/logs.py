"""Where log lines go and how they look; every one of them passes the redactor."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from enum import IntEnum

from interlock.redaction import RedactingFilter, redactor

_NETWORK_LOGGERS = ("httpx", "httpcore")
"""At INFO httpx logs each URL, which is noise at best and holds a key or a password at worst."""


class Detail(IntEnum):
    """How much is logged; a verbose flag goes one up."""

    ERRORS = 0
    EVENTS = 1
    """Also what the service does: firings, commands, failures."""
    DEBUG = 2
    """Also what its inner parts say."""
    ALL = 3
    """Also what the libraries say, every request among it."""

    @classmethod
    def of(cls, base: Detail, verbose: int) -> Detail:
        """Return the detail that so many verbose flags ask for."""
        return cls(min(base + verbose, cls.ALL))


_OURS = {
    Detail.ERRORS: logging.ERROR,
    Detail.EVENTS: logging.INFO,
    Detail.DEBUG: logging.DEBUG,
    Detail.ALL: logging.DEBUG,
}


def set_up_logging(detail: Detail, *, color: bool = False) -> None:
    """Send log lines to standard error: for people on a terminal, with date and zone elsewhere.

    Args:
        detail: How much.
        color: Whether warnings and errors are colored on a terminal.
    """
    is_terminal = sys.stderr.isatty()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TerminalFormatter(color) if is_terminal else FileFormatter())
    handler.addFilter(RedactingFilter(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if detail is Detail.ALL else logging.WARNING)
    logging.getLogger("interlock").setLevel(_OURS[detail])
    logging.captureWarnings(True)
    for name in _NETWORK_LOGGERS:
        _set_up_network_logger(logging.getLogger(name), detail)


def _set_up_network_logger(logger: logging.Logger, detail: Detail) -> None:
    logger.setLevel(logging.DEBUG if detail is Detail.ALL else logging.WARNING)
    if not any(isinstance(present, RedactingFilter) for present in logger.filters):
        logger.addFilter(RedactingFilter(redactor))


def _local_time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created).astimezone()


class TerminalFormatter(logging.Formatter):
    """``14:03:07 rule cool-living-room fires: …``; yellow for warnings and red for errors if asked for."""

    _COLORS = ((logging.ERROR, "\x1b[31m"), (logging.WARNING, "\x1b[33m"))

    def __init__(self, has_color: bool) -> None:
        super().__init__("%(asctime)s %(message)s")
        self._has_color = has_color

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's
        """Return the local time of day."""
        return f"{_local_time(record):%H:%M:%S}"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, colored by its level."""
        text = super().format(record)
        color = next((code for level, code in self._COLORS if record.levelno >= level), "")
        return f"{color}{text}\x1b[0m" if color and self._has_color else text


class FileFormatter(logging.Formatter):
    """``2026-07-14T14:03:07+02:00 INFO interlock.rule: rule cool-living-room fires: …``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's
        """Return the local time in ISO 8601, with its offset."""
        return _local_time(record).isoformat(timespec="seconds")
