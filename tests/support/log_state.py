"""Giving the process's logging back as it was."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_TOUCHED = (
    "",
    "interlock",
    "interlock.command.repeat",
    "httpx",
    "httpcore",
    "asyncio",
    "apscheduler",
)


@contextmanager
def kept_logging() -> Iterator[None]:
    """Restore handlers, levels and filters of the loggers that a command sets up."""
    loggers = [logging.getLogger(name) for name in _TOUCHED]
    states = [(logger, logger.level, list(logger.handlers), list(logger.filters)) for logger in loggers]
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for logger, level, handlers, filters in states:
            logger.setLevel(level)
            logger.handlers[:], logger.filters[:] = handlers, filters
