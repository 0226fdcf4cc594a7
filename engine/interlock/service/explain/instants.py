"""The instant that is asked about: whether a service ran then, and what else is to be said of it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.history.queries import JournalReader, PastRun
from interlock.service.explain.stories import Then
from interlock.simulation.instants import shown_locally

_FORM = "%Y-%m-%d %H:%M:%S"


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as a person on the telephone reads it, to the second."""
    return shown_locally(instant, zone, _FORM)


async def then_of(journal: JournalReader, at: datetime, zone: ZoneInfo) -> tuple[Then, PastRun | None]:
    """Return what is to be said of an instant, and the run of the service that began last until it."""
    run, following = await journal.run_before(at), await journal.run_after(at)
    note = _note(at, run, following, zone)
    return Then(at=at, is_alive=not note, note=note), run


def _note(at: datetime, run: PastRun | None, following: PastRun | None, zone: ZoneInfo) -> str:
    if run is None and following is None:
        return "no service has run with this journal yet"
    if run is None and following is not None:
        return f"the journal begins at {shown(following.opened_at, zone)}: it knows nothing of earlier times"
    assert run is not None
    if at <= run.seen_at:
        return ""
    seen = shown(run.seen_at, zone)
    if following is None:
        return f"the journal ends at {seen}, when the service was last seen: it knows nothing of later times"
    began = shown(following.opened_at, zone)
    return f"no service ran then: it was last seen at {seen}, and began again at {began}"
