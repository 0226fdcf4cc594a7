"""What the log says at level debug of each time that a connection is asked or commanded: area ``poll``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from interlock.driver import Answer, Write
from interlock.errors import DriverError
from interlock.model import Point, Value, format_value

_MOST = 20
"""Points of one line: the other ones of a large batch are counted."""


def tell_read(
    log: logging.Logger, connection: str, answers: Mapping[Point, Value | DriverError], took: timedelta
) -> None:
    """Say what a batch of points was answered, and how fast."""
    errors = sum(isinstance(answer, DriverError) for answer in answers.values())
    points = [f"{point}{_shown(answer)}" for point, answer in answers.items()]
    log.debug(
        "connection %s: %d of %d points answered in %d ms: %s",
        connection,
        len(answers) - errors,
        len(answers),
        _milliseconds(took),
        _listed(points),
    )


def tell_write(
    log: logging.Logger,
    connection: str,
    writes: Sequence[Write],
    answers: Sequence[Answer | DriverError],
    took: timedelta,
) -> None:
    """Say what commands of one moment were answered, and how fast."""
    points = [
        f"{write.target.point}{f': {answer.message}' if isinstance(answer, DriverError) else ''}"
        for write, answer in zip(writes, answers, strict=True)
    ]
    log.debug(
        "connection %s: %s answered in %d ms: %s",
        connection,
        "1 command was" if len(writes) == 1 else f"{len(writes)} commands were",
        _milliseconds(took),
        _listed(points),
    )


def _shown(answer: Value | DriverError) -> str:
    return f": {answer.message}" if isinstance(answer, DriverError) else f" = {format_value(answer)}"


def _listed(points: Sequence[str]) -> str:
    more = f", and {len(points) - _MOST} more" if len(points) > _MOST else ""
    return f"{', '.join(points[:_MOST])}{more}"


def _milliseconds(took: timedelta) -> int:
    return round(took / timedelta(milliseconds=1))
