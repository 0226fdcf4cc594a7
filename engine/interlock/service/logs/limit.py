"""How often one kind of line may come: what goes on and on is counted, and told now and then."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from interlock.durations import format_duration

PERIOD = timedelta(minutes=10)
MOST_TROUBLES = 10
"""Warnings and errors of one kind in a period: a command that fails each second is no more news."""
MOST_EVENTS = 60
"""Other lines of one kind in a period: a rule that fires every ten seconds is told each time."""
_MOST_KINDS = 2000
"""Of more kinds than a site has, those that were told longest ago begin anew."""

_Kind: TypeAlias = tuple[str, int, str, str]
"""The area, the level, the line without what varies in it, and what it is about, such as a rule."""


@dataclass(slots=True)
class _Count:
    """The lines of one kind in one period."""

    since: timedelta
    lines: int = 0
    last: str = ""
    """The last one that was left out."""


class RepeatLimit(logging.Filter):
    """Lets so many lines of a kind pass in each period, and says afterwards how many there were besides.

    Lines of level debug are asked for, and all pass.

    Args:
        handler: Takes what is said of lines that were left out.
        now: Tells the time that passes.
    """

    def __init__(self, handler: logging.Handler, now: Callable[[], timedelta]) -> None:
        super().__init__()
        self._handler = handler
        self._now = now
        self._counts: OrderedDict[_Kind, _Count] = OrderedDict()
        """In the order in which their periods began."""
        self._lock = threading.RLock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is one of the first of its kind."""
        if isinstance(record, _Summary):
            return True
        # Lines of other threads come here too.
        with self._lock:
            self._end_periods()
            return record.levelno <= logging.DEBUG or self._let_pass(record)

    def _let_pass(self, record: logging.LogRecord) -> bool:
        count, most = self._count(_kind_of(record)), _most(record.levelno)
        count.lines += 1
        if count.lines > most:
            count.last = record.getMessage()
        elif count.lines == most:
            record.msg, record.args = "%s (further such lines are counted)", (record.getMessage(),)
        return count.lines <= most

    def _count(self, kind: _Kind) -> _Count:
        if kind not in self._counts:
            self._counts[kind] = _Count(self._now())
            if len(self._counts) > _MOST_KINDS:
                self._tell(*self._counts.popitem(last=False))
        return self._counts[kind]

    def _end_periods(self) -> None:
        now = self._now()
        while self._counts and now - next(iter(self._counts.values())).since >= PERIOD:
            self._tell(*self._counts.popitem(last=False))

    def _tell(self, kind: _Kind, count: _Count) -> None:
        area, level, _, _ = kind
        more = count.lines - _most(level)
        if more > 0:
            text = "%d more such lines in %s, the last one: %s"
            arguments = (more, format_duration(PERIOD), count.last)
            self._handler.handle(_Summary(area, level, "", 0, text, arguments, None))


class _Summary(logging.LogRecord):
    """A line about lines that were left out."""


def _kind_of(record: logging.LogRecord) -> _Kind:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return record.name, record.levelno, str(record.msg), str(arguments[0]) if arguments else ""


def _most(level: int) -> int:
    return MOST_TROUBLES if level >= logging.WARNING else MOST_EVENTS
