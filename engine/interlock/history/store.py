"""What a journal's database is to those who use it: it runs plain functions over its connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from interlock.errors import JournalError

P = ParamSpec("P")
T = TypeVar("T")

FAILURES = (SQLAlchemyError, sqlite3.Error, OSError)
"""What using the database may raise; a hook that runs while connecting raises SQLite's own errors."""


class Store(Protocol):
    """A journal's database. The event loop goes on while a function is at work in it.

    Whatever is done may raise one of `FAILURES`. Where nobody waits for it any more, it is broken off.
    """

    async def transact(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function does in a transaction; where it raises, nothing is done."""
        ...

    async def ask(
        self, limit_s: float, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function reads; it is broken off where that takes longer.

        Raises:
            JournalError: it did take longer.
        """
        ...

    async def give_back(self, pages: int) -> None:
        """Shorten the file by so many free pages at most; a server does that by itself."""
        ...

    async def close(self) -> None:
        """Let go of it, until it is used again."""
        ...


def no_answer(limit_s: float) -> JournalError:
    """Return the error of a question that took too long."""
    return JournalError(f"it did not answer within {limit_s:g} s")
