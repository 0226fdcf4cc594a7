"""How a service itself is, beside its site: its journal, its files and its HTTP API.

Whoever tells of a service asks here: the status, explanations, metrics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from interlock.config.journal_place import JournalPlace
from interlock.history.journal import JournalHealth

# What a service answers is not asked before its first polls: they need not wait for the forms of its answers.
if TYPE_CHECKING:
    from interlock.service.control.answers import ApiLine, JournalLine, RefusedEdit


@dataclass(slots=True)
class ApiDoor:
    """Whether a service's HTTP API can be asked."""

    listen: str = ""
    """Where, as the site file says; empty where it wants none."""
    trouble: str = ""
    """Why it cannot be asked; empty where it can, or will soon."""

    def close(self, trouble: str) -> None:
        """Take note that nobody can ask it; what was said of that first stays."""
        self.trouble = self.trouble or trouble


@dataclass(slots=True, kw_only=True)
class Condition:
    """How a service itself is."""

    place: JournalPlace
    """Where its journal is."""
    journal: Callable[[], JournalHealth]
    """Tells how the journal is doing."""
    api: ApiDoor
    refused: RefusedEdit | None = None
    """The edit that has errors, so that the site runs as it was; None where its files are what runs."""

    def refuse_edit(self, at: datetime, errors: int, first: str) -> None:
        """Take note that the site's files have errors; since when stays what it was until they are mended.

        Args:
            at: The present.
            errors: How many.
            first: One of them, with its file and line.
        """
        from interlock.service.control.answers import RefusedEdit

        since = self.refused.since if self.refused else at
        self.refused = RefusedEdit(since=since, errors=errors, first=first)

    def take_edit(self) -> None:
        """Take note that the site's files are what runs."""
        self.refused = None

    @property
    def journal_line(self) -> JournalLine:
        """How the journal is doing, as the service tells it."""
        from interlock.service.control.answers import JournalLine

        health = self.journal()
        between = health.lost_between or (None, None)
        return JournalLine(
            place=str(self.place),
            is_written=health.is_written,
            fault=health.fault,
            failing_since=health.failing_since,
            written_at=health.written_at,
            waiting=health.waiting,
            lost=health.lost,
            lost_from=between[0],
            lost_until=between[1],
        )

    @property
    def api_line(self) -> ApiLine | None:
        """How the HTTP API is, as the service tells it; None where the site file wants none."""
        from interlock.service.control.answers import ApiLine

        api = self.api
        return ApiLine(listen=api.listen, trouble=api.trouble) if api.listen else None
