"""Where log lines go and how they look; every one of them passes the redactor."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from enum import IntEnum

from interlock.redaction import RedactingFilter, redactor
from interlock.service.logs.form import LogForm
from interlock.service.logs.limit import RepeatLimit

_NETWORK_LOGGERS = ("httpx", "httpcore")
"""At INFO httpx logs each URL, which is noise at best and holds a key or a password at worst."""
_NEVER_CHATTY = ("httpcore", "asyncio", "apscheduler")
"""At DEBUG they tell of every step, httpcore with the raw headers of requests and replies."""


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


def set_up_logging(detail: Detail, *, color: bool = False, form: LogForm = LogForm.AUTO) -> None:
    """Send log lines to standard error: for people on a terminal, with date and zone elsewhere.

    Args:
        detail: How much.
        color: Whether warnings and errors are colored on a terminal.
        form: What they look like.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(form, color=color))
    handler.addFilter(RedactingFilter(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if detail is Detail.ALL else logging.WARNING)
    logging.getLogger("interlock").setLevel(_OURS[detail])
    logging.captureWarnings(True)
    logging.getLogger("httpx").setLevel(logging.DEBUG if detail is Detail.ALL else logging.WARNING)
    for name in _NEVER_CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _NETWORK_LOGGERS:
        _add_filter(logging.getLogger(name))


def _formatter(form: LogForm, *, color: bool) -> logging.Formatter:
    if form is LogForm.AUTO and _goes_to_systemd(os.environ):
        return JsonFormatter(is_ranked=True)
    if form is LogForm.JSON:
        return JsonFormatter()
    return TerminalFormatter(color) if sys.stderr.isatty() else FileFormatter()


def is_for_programs(form: LogForm) -> bool:
    """Whether each line of the log is an object, so that nothing else may stand between them."""
    return form is LogForm.JSON or (form is LogForm.AUTO and _goes_to_systemd(os.environ))


def _goes_to_systemd(environ: Mapping[str, str]) -> bool:
    """Whether standard error is what systemd's journal reads, which it names by device and inode."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def limit_repeats(now: Callable[[], timedelta]) -> None:
    """Show of lines that come again and again so many only: for what runs for years.

    Args:
        now: Tells the time that passes.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(RepeatLimit(handler, now))


def show_repeats() -> None:
    """Show also which commands are sent again, and when: for somebody who waits for one."""
    logging.getLogger("interlock.command.repeat").setLevel(logging.INFO)


def use_timezone(timezone: tzinfo) -> None:
    """Show times in a site's zone from now on; before, they are in the machine's."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _SiteFormatter):
            handler.formatter.timezone = timezone


def use_clock(now: Callable[[], datetime]) -> None:
    """Show the dates and times that another clock tells from now on, such as that of a simulation."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Stamp(now))
        if isinstance(handler.formatter, TerminalFormatter):
            # A time of day alone says nothing where a week passes in a minute.
            dated = FileFormatter()
            dated.timezone = handler.formatter.timezone
            handler.setFormatter(dated)


@contextmanager
def silence() -> Iterator[None]:
    """Let our own loggers say nothing meanwhile."""
    ours = logging.getLogger("interlock")
    before = ours.level
    ours.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        ours.setLevel(before)


class _Stamp(logging.Filter):
    """Puts the time of a clock on each line."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def filter(self, record: logging.LogRecord) -> bool:
        record.created = self._now().timestamp()
        return True


def printable(text: str, *, kept: str = "") -> str:
    """Return a text in which what would move a cursor or color a screen is spelled out: ``\\x1b``."""
    if text.isprintable():
        return text
    spelled = (char.encode("unicode_escape").decode("ascii") for char in text)
    return "".join(
        char if char.isprintable() or char in kept else escape
        for char, escape in zip(text, spelled, strict=True)
    )


def _add_filter(logger: logging.Logger) -> None:
    if not any(isinstance(present, RedactingFilter) for present in logger.filters):
        logger.addFilter(RedactingFilter(redactor))


class _SiteFormatter(logging.Formatter):
    """Shows times in the site's zone, and nothing that a server could put in to act on the screen."""

    timezone: tzinfo | None = None
    """None for the machine's own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's
        """Return the line without its traceback, all of it printable."""
        return printable(super().formatMessage(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's
        """Return the local time in ISO 8601, with its offset."""
        return (
            datetime.fromtimestamp(record.created, UTC)
            .astimezone(self.timezone)
            .isoformat(timespec="seconds")
        )


class TerminalFormatter(_SiteFormatter):
    """``14:03:07+02:00 rule cool fires: …``; yellow for warnings and red for errors if asked for."""

    _COLORS = ((logging.ERROR, "\x1b[31m"), (logging.WARNING, "\x1b[33m"))

    def __init__(self, has_color: bool) -> None:
        super().__init__("%(asctime)s %(message)s")
        self._has_color = has_color

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's
        """Return the local time of day, with its offset."""
        return super().formatTime(record, datefmt).partition("T")[2]

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, colored by its level."""
        text = super().format(record)
        color = next((code for level, code in self._COLORS if record.levelno >= level), "")
        return f"{color}{text}\x1b[0m" if color and self._has_color else text


class FileFormatter(_SiteFormatter):
    """``2026-07-14T14:03:07+02:00 INFO interlock.rule: rule cool-living-room fires: …``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")


class JsonFormatter(_SiteFormatter):
    """``{"at": "2026-07-14T14:03:07+02:00", "level": "info", "area": "rule", "message": "rule cool …"}``.

    Args:
        is_ranked: Whether each line begins with systemd's mark of its level, for ``journalctl -p``.
    """

    _RANKS = ((logging.ERROR, "<3>"), (logging.WARNING, "<4>"), (logging.INFO, "<6>"))

    def __init__(self, *, is_ranked: bool = False) -> None:
        super().__init__()
        self._is_ranked = is_ranked

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as an object on one line."""
        fields = {
            "at": self.formatTime(record),
            "level": record.levelname.lower(),
            "area": record.name.removeprefix("interlock."),
            "message": printable(record.getMessage()),
        }
        if trace := record.exc_text or (self.formatException(record.exc_info) if record.exc_info else ""):
            fields["trace"] = printable(trace, kept="\n")
        return self._rank(record.levelno) + json.dumps(fields, ensure_ascii=False)

    def _rank(self, level: int) -> str:
        if not self._is_ranked:
            return ""
        return next((rank for least, rank in self._RANKS if level >= least), "<7>")
