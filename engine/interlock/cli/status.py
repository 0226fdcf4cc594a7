"""``interlock status``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument
from interlock.cli.awaiting import finish
from interlock.plurals import counted

if TYPE_CHECKING:
    from interlock.service.control.protocol import (
        ConnectionLine,
        JournalLine,
        RefusedEdit,
        Status,
        UnknownPoints,
    )

_MOST_REASONS = 2
"""That stand beside a connection; all stand beside the points."""


def status(site: SiteArgument, journal: JournalOption = None, json: JsonOption = False) -> None:
    """Show how the running service is: since when, its connections, what is unknown, and its rules.

    \b
    Example:
      interlock status site.yaml
    """
    from interlock.cli.output import columns, print_json, say
    from interlock.service.control.client import ask
    from interlock.service.control.protocol import AskStatus, Status
    from interlock.service.loading import door_of

    # Whatever stands in the site's files now: the service that runs is asked, by what it has read.
    told = finish(ask(door_of(site, journal), AskStatus(), Status))
    if json:
        print_json(told.model_dump(mode="json"))
        return
    for line in columns(list(status_rows(told, ZoneInfo(told.timezone)))):
        say(line)


def status_rows(told: Status, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Yield what is told of a service in lines, each with what it is about."""
    yield "site", told.site
    yield "service", _service(told, zone)
    if told.clock_set_at:
        yield "clock", _clock(told.clock_set_at.astimezone(zone), told.clock_set_s)
    if told.refused_edit:
        yield from _refused(told.refused_edit, zone)
    if told.journal:
        yield from _journal(told.journal, zone)
    if told.api:
        trouble = told.api.trouble
        yield "http api", f"cannot be asked at {told.api.listen}: {trouble}" if trouble else told.api.listen
    for line in told.connections:
        yield f"connection {line.connection}", _connection(line, told.unknown_by, zone)
    yield from _points(told, zone)
    shadow = f" ({told.shadow} of them in shadow)" if told.shadow else ""
    acting, running = counted(told.acting, "acts", "act"), counted(told.running, "firing")
    yield "rules", f"{acting}{shadow}, {told.off} off; {running} under way"
    yield "claims", f"{told.claims}"


def _service(told: Status, zone: ZoneInfo) -> str:
    from interlock.durations import format_duration

    uptime = format_duration(told.now.replace(microsecond=0) - told.started_at.replace(microsecond=0))
    dry = "; a dry run: nothing is sent" if told.is_dry_run else ""
    since = _shown(told.started_at, zone)
    return f"interlock {told.version} since {since}, {uptime}; {told.run_name}{dry}"


def _clock(at: datetime, by_s: float) -> str:
    from interlock.durations import format_duration

    which = "back" if by_s < 0 else "forward"
    return f"went {which} by {format_duration(timedelta(seconds=abs(by_s)))} at {at:%Y-%m-%d %H:%M:%S}"


def _refused(refused: RefusedEdit, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    count = counted(refused.errors, "error")
    since = _shown(refused.since, zone)
    yield "files", f"refused since {since}: {count}, and what was loaded before goes on to run"
    yield "", f"{refused.first}"


def _journal(journal: JournalLine, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    if journal.is_written:
        yield "journal", journal.place
    else:
        since = _shown(journal.failing_since, zone) if journal.failing_since else "the start"
        yield "journal", f"cannot be written since {since}: {journal.fault}"
        yield "", f"{journal.place}; {counted(journal.waiting, 'entry waits', 'entries wait')}"
    if journal.lost:
        span = (journal.lost_from, journal.lost_until)
        between = " between {} and {}".format(*(_shown(each, zone) for each in span if each))
        lost = counted(journal.lost, "entry of this run is lost", "entries of this run are lost")
        yield "", f"{lost}{between if all(span) else ''}"


def _shown(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _connection(line: ConnectionLine, unknown: Sequence[UnknownPoints], zone: ZoneInfo) -> str:
    if line.trouble and line.trouble_since:
        return f"{line.driver}: since {_shown(line.trouble_since, zone)}: {line.trouble}"
    words = {True: "answers", False: "does not answer", None: "nothing was heard of it yet"}
    says = words[line.is_there]
    if line.is_there and line.unknown and line.unknown == line.needed:
        reasons = [each.reason for each in unknown if each.connection == line.connection]
        all_points = f"all {line.needed} points are" if line.needed > 1 else "its only point is"
        says = f"answers, but {all_points} unknown: {'; '.join(reasons[:_MOST_REASONS])}"
    return "; ".join([f"{line.driver}: {says}", *_polls(line)])


def _points(told: Status, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Yield how many points are known, and the others by why they are not."""
    yield "points", f"{told.known} known, {told.unknown_count} unknown"
    for each in told.unknown_by:
        since = f" since {_shown(each.since, zone)}" if each.since else ""
        more = f" and {each.count - len(each.points)} more" if each.count > len(each.points) else ""
        where = f"{each.connection}: " if each.connection else ""
        yield "", f"{where}{each.reason}{since}: {', '.join(each.points)}{more}"
    others = told.unknown_count - sum(each.count for each in told.unknown_by)
    if others:
        yield "", f"and {others} more: interlock points shows all"


def _polls(line: ConnectionLine) -> Iterator[str]:
    """Yield what there is to say of its polls."""
    if line.is_late and line.last_poll_s is not None:
        yield f"polls take longer than until the next is due, the last one {line.last_poll_s:.3g} s"
    if line.slowed:
        points = counted(line.slowed, "point")
        yield f"{points} read more rarely than the site says: interlock poll-plan --live shows which"
    if line.daily is not None:
        yield f"{line.used_today} of {line.daily} requests of today"
