"""A journal in memory that knows how it is doing, as a service's does."""

from datetime import UTC, datetime

from interlock.history.journal import JournalHealth, MemoryJournal


class MeasuredJournal(MemoryJournal):
    """A journal in memory; a test says how it is doing."""

    def __init__(self) -> None:
        super().__init__()
        self.health = JournalHealth(
            is_written=True, waiting=0, lost=0, written_at=datetime(2026, 7, 14, 12, tzinfo=UTC)
        )
