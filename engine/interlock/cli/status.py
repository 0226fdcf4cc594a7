"""``interlock status``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument

if TYPE_CHECKING:
    from interlock.service.control.protocol import ConnectionLine, Status


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
    told = asyncio.run(ask(door_of(site, journal), AskStatus(), Status))
    if json:
        print_json(told.model_dump(mode="json"))
        return
    for line in columns(list(status_rows(told, ZoneInfo(told.timezone)))):
        say(line)


def status_rows(told: Status, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Yield what is told of a service in lines, each with what it is about."""
    from interlock.durations import format_duration

    since = told.started_at.astimezone(zone)
    uptime = format_duration(told.now.replace(microsecond=0) - told.started_at.replace(microsecond=0))
    dry = "; a dry run: nothing is sent" if told.is_dry_run else ""
    yield "site", told.site
    yield (
        "service",
        f"interlock {told.version} since {since:%Y-%m-%d %H:%M:%S}, {uptime}; run {told.run}{dry}",
    )
    if told.clock_set_at:
        yield "clock", _clock(told.clock_set_at.astimezone(zone), told.clock_set_s)
    for line in told.connections:
        yield f"connection {line.connection}", _connection(line, zone)
    yield "points", f"{told.known} known, {told.unknown_count} unknown"
    for point in told.unknown:
        yield "", f"{point.point}: {point.reason}"
    if told.unknown_count > len(told.unknown):
        yield "", f"and {told.unknown_count - len(told.unknown)} more: interlock points shows all"
    shadow = f" ({told.shadow} of them in shadow)" if told.shadow else ""
    yield "rules", f"{told.acting} act{shadow}, {told.off} off; {told.running} firings under way"
    yield "claims", f"{told.claims}"


def _clock(at: datetime, by_s: float) -> str:
    from interlock.durations import format_duration

    which = "back" if by_s < 0 else "forward"
    return f"went {which} by {format_duration(timedelta(seconds=abs(by_s)))} at {at:%Y-%m-%d %H:%M:%S}"


def _connection(line: ConnectionLine, zone: ZoneInfo) -> str:
    if line.trouble and line.trouble_since:
        return f"{line.driver}: since {line.trouble_since.astimezone(zone):%Y-%m-%d %H:%M:%S}: {line.trouble}"
    words = {True: "answers", False: "does not answer", None: "nothing was heard of it yet"}
    return "; ".join([f"{line.driver}: {words[line.is_there]}", *_polls(line)])


def _polls(line: ConnectionLine) -> Iterator[str]:
    """Yield what there is to say of its polls."""
    if line.is_late and line.last_poll_s is not None:
        yield f"polls take longer than until the next is due, the last one {line.last_poll_s:.3g} s"
    if line.slowed:
        points = f"{line.slowed} point{'' if line.slowed == 1 else 's'}"
        yield f"{points} read more rarely than the site says: interlock poll-plan --live shows which"
    if line.daily is not None:
        yield f"{line.used_today} of {line.daily} requests of today"
