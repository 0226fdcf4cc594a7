"""The instant that is asked about: whether a service ran then, and what else is to be said of it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.history.queries import JournalReader, PastRun
from interlock.rules.instants import shown_locally
from interlock.service.explain.present import Present
from interlock.service.explain.stories import Then

_FORM = "%Y-%m-%d %H:%M:%S"


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as a person on the telephone reads it, to the second."""
    return shown_locally(instant, zone, _FORM)


async def then_of(
    journal: JournalReader, at: datetime, zone: ZoneInfo, present: Present | None = None
) -> tuple[Then, PastRun | None]:
    """Return what is to be said of an instant, and the run of the service that began last until it.

    Args:
        journal: What tells of it.
        at: When.
        zone: The site's, for the note.
        present: What the service that runs says of now; None where none does.
    """
    run, following = await journal.run_before(at), await journal.run_after(at)
    if present is not None and following is None and at >= present.status.started_at:
        note = _note_while_it_runs(at, present, zone)
    else:
        note = _note(at, run, following, zone, present)
    return Then(at=at, is_alive=not note, note=note, is_recorded=run is not None), run


def _note_while_it_runs(at: datetime, present: Present, zone: ZoneInfo) -> str:
    gap, now = present.gap, present.status.now
    if at > now:
        return f"it is {shown(now, zone)} now: nothing is known of later times"
    if gap and gap.since and at > gap.since:
        since = shown(gap.since, zone)
        return (
            f"the journal has not been written since {since} ({gap.reason}): it knows nothing of later times"
        )
    return ""


def _note(
    at: datetime, run: PastRun | None, following: PastRun | None, zone: ZoneInfo, present: Present | None
) -> str:
    if run is None and following is None:
        return "no service has run with this journal yet"
    if run is None and following is not None:
        return f"the journal begins at {shown(following.opened_at, zone)}: it knows nothing of earlier times"
    assert run is not None
    if at <= run.seen_at:
        return ""
    seen = shown(run.seen_at, zone)
    began_at = following.opened_at if following else present.status.started_at if present else None
    if began_at is None:
        return f"the journal ends at {seen}, when the service was last seen: it knows nothing of later times"
    return f"no service ran then: it was last seen at {seen}, and began again at {shown(began_at, zone)}"
