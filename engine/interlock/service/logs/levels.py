"""How much each area of a running service logs, changed for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from interlock.capabilities import nearest
from interlock.clock import Clock
from interlock.durations import format_duration
from interlock.service.control.protocol import ControlError, LogArea, SetLog

log = logging.getLogger("interlock.service")

_LEVELS = ("debug", "info", "warning", "error")
_USUAL = "usual"
_OURS = "interlock"
_LIBRARIES = ("httpx",)
"""Those whose lines may be asked for: others tell raw requests, or nothing that anybody needs."""
_LONGEST = timedelta(days=7)
"""For more there is the verbose flag in the unit, where the next one sees it."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What was before somebody changed an area, and when it is so again."""

    usual: int
    until: datetime
    timer: asyncio.TimerHandle


class LogLevels:
    """Changes from which level on areas are logged, each for a while.

    Args:
        clock: Says until when, to those who ask; the while itself is counted by the event loop.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changes: dict[str, _Change] = {}

    def areas(self) -> Iterator[LogArea]:
        """Yield the areas that log something here, by name."""
        for area in _areas():
            change = self._changes.get(area)
            yield LogArea(
                area=area,
                level=_name_of(_logger(area).getEffectiveLevel()),
                until=change.until if change else None,
            )

    def set(self, question: SetLog) -> None:
        """Log an area from a level on for a while, or as usual again.

        Raises:
            ControlError: there is no such area or level, or the time is out of range.
        """
        area, level = _known_area(question.area), _known_level(question.level)
        if level == _USUAL:
            self._end(area, "by hand")
            return
        if not 0 < question.length_s <= _LONGEST.total_seconds():
            most = format_duration(_LONGEST)
            raise ControlError(f"an area is logged otherwise for more than 0 s and {most} at most")
        self._change(area, level, timedelta(seconds=question.length_s))

    def _change(self, area: str, level: str, length: timedelta) -> None:
        logger, before = _logger(area), self._changes.get(area)
        if before:
            before.timer.cancel()
        usual = before.usual if before else logger.level
        timer = asyncio.get_running_loop().call_later(
            length.total_seconds(), self._end, area, "the time is over"
        )
        self._changes[area] = _Change(usual, self._clock.now() + length, timer)
        # Said before: it may be our own area that is to say less.
        log.info("%s is logged from level %s on for %s", area, level, format_duration(length))
        logger.setLevel(level.upper())

    def _end(self, area: str, why: str) -> None:
        change = self._changes.pop(area, None)
        if change is None:
            return
        change.timer.cancel()
        logger = _logger(area)
        logger.setLevel(change.usual)
        log.info("%s is logged from level %s on again: %s", area, _name_of(logger.getEffectiveLevel()), why)


def _areas() -> list[str]:
    """Return the areas of the loggers that exist, as JSON lines name them, the one of all of ours first."""
    loggers = logging.getLogger().manager.loggerDict
    ours = [name for name, logger in loggers.items() if isinstance(logger, logging.Logger)]
    return [
        _OURS,
        *sorted(name.removeprefix("interlock.") for name in ours if name.startswith("interlock.")),
        *_LIBRARIES,
    ]


def _known_area(name: str) -> str:
    """Return the area that a name means, which may stand as lines of text have it: ``interlock.rule``."""
    return _known("area", name.removeprefix(f"{_OURS}."), _areas())


def _known_level(name: str) -> str:
    return _known("level", name.lower(), (*_LEVELS, _USUAL))


def _known(kind: str, name: str, known: Sequence[str]) -> str:
    if name not in known:
        meant = nearest(name, known)
        hint = f"did you mean '{meant}'?" if meant else f"there are {', '.join(known)}"
        raise ControlError(f"there is no {kind} '{name}'; {hint}")
    return name


def _logger(area: str) -> logging.Logger:
    is_whole = area in (_OURS, *_LIBRARIES)
    return logging.getLogger(area if is_whole else f"{_OURS}.{area}")


def _name_of(level: int) -> str:
    return logging.getLevelName(level).lower()
