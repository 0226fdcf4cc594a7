"""How the service that runs is, as it says itself: at its control socket and at its HTTP API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import interlock
from interlock.config.journal_place import JournalPlace
from interlock.config.service_section import Listen
from interlock.config.site import Site
from interlock.durations import format_duration
from interlock.plurals import counted
from interlock.service.control.answers import ConnectionLine, JournalLine, Status
from interlock.service.control.client import NoService, ask
from interlock.service.control.protocol import AskStatus, ControlError
from interlock.service.doctor.finding import Finding, Health
from interlock.service.tokens import TokenError, TokenFile

_RECENT = timedelta(days=1)
_PATIENCE_S = 5.0


async def look_at_service(journal: JournalPlace) -> tuple[Status | None, Iterable[Finding]]:
    """Return how the service is, None where none answers, and what there is to say of it."""
    try:
        status = await ask(journal, AskStatus(), Status)
    except NoService:
        advice = "start it by interlock run or systemctl start"
        return None, [Finding("service", Health.DOUBTFUL, "none runs", advice)]
    except ControlError as error:
        advice = "restart it, and look at its log"
        return None, [Finding("service", Health.BAD, str(error), advice)]
    return status, judge(status)


def judge(status: Status) -> Iterator[Finding]:
    """Say what is to be known of a service."""
    off = f", and {status.off} {'is' if status.off == 1 else 'are'} off" if status.off else ""
    acting = counted(status.acting, "rule acts", "rules act")
    dry = "; it is a dry run and sends nothing" if status.is_dry_run else ""
    text = f"{status.run_name}, since {_minute(status.started_at)}: {acting}{off}{dry}"
    yield Finding("service", Health.FINE, text)
    if status.version != interlock.__version__:
        yield Finding(
            "service",
            Health.DOUBTFUL,
            f"it is interlock {status.version}, and {interlock.__version__} is installed",
            "restart it, to run what is installed",
        )
    if status.clock_set_at is not None and abs(status.now - status.clock_set_at) < _RECENT:
        yield Finding("time", Health.DOUBTFUL, _jump(status.clock_set_at, status.clock_set_s), _ON_JUMPS)
    yield from _judge_condition(status)
    for line in status.connections:
        yield from _judge_connection(line)


def _judge_condition(status: Status) -> Iterator[Finding]:
    """Say what a service has met at its own journal, files and door."""
    if status.journal is not None:
        yield from _judge_journal(status.journal)
    if edit := status.refused_edit:
        errors = counted(edit.errors, "error")
        text = f"the service runs it as it was before an edit, which has {errors} since {_minute(edit.since)}"
        yield Finding("site", Health.DOUBTFUL, f"{text}; first: {edit.first}", "interlock check shows all")
    if status.api is not None and status.api.trouble:
        advice = "interlock status and all commands work without it"
        yield Finding("api", Health.BAD, f"the service says: {status.api.trouble}", advice)


def _judge_journal(journal: JournalLine) -> Iterator[Finding]:
    if not journal.is_written:
        since = f" since {_minute(journal.failing_since)}" if journal.failing_since else ""
        waiting = counted(journal.waiting, "entry waits", "entries wait")
        text = f"the service cannot write it{since}: {journal.fault}; {waiting}"
        yield Finding("journal", Health.BAD, text, "control goes on; it is tried every five seconds")
    if journal.lost:
        lost = counted(journal.lost, "entry of this run is lost", "entries of this run are lost")
        text = f"{lost}, which could not be written in time"
        yield Finding("journal", Health.DOUBTFUL, text, "the log says when and why")


def _judge_connection(line: ConnectionLine) -> Iterator[Finding]:
    """Say what a service has met at a connection, which is another thing than what the doctor does."""
    area = f"connection {line.connection}"
    if line.trouble:
        since = f" since {_minute(line.trouble_since)}" if line.trouble_since else ""
        advice = "it looks again by itself; where credentials were refused, it waits for others"
        yield Finding(area, Health.DOUBTFUL, f"the service says{since}: {line.trouble}", advice)
    if line.is_late or line.overruns:
        times = counted(line.overruns, "poll")
        now = ", and it is so now" if line.is_late else ""
        text = f"{times} since the start took longer than until the next was due{now}"
        yield Finding(area, Health.DOUBTFUL, text, _ON_POLLS)
    if line.slowed:
        points = counted(line.slowed, "point is", "points are")
        text = f"{points} read more rarely than the site says, to keep within what may be asked"
        yield Finding(area, Health.DOUBTFUL, text, _ON_POLLS)


_ON_JUMPS = (
    "what was due in a time that was jumped over is left out, unless missed says otherwise; "
    "a clock that jumps again and again needs a time server"
)


def _jump(at: datetime, by_s: float) -> str:
    which = "back" if by_s < 0 else "forward"
    return f"the clock went {which} by {format_duration(timedelta(seconds=abs(by_s)))} at {_minute(at)}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


_ON_POLLS = "interlock poll-plan shows what is asked how often: poll more rarely, or fewer points"


async def look_at_api(site: Site, *, is_running: bool) -> Iterable[Finding]:
    """Say whether the HTTP API that a site asks for can be used; nothing where it asks for none."""
    if site.service.listen is None:
        return []
    findings = [_look_at_tokens(site)]
    if is_running:
        findings.append(await _look_at_door(site.service.listen))
    return findings


def _look_at_tokens(site: Site) -> Finding:
    try:
        tokens = TokenFile(site.service.tokens).read()
    except TokenError as error:
        return Finding("api", Health.BAD, str(error), "nobody is let in until that is mended")
    if tokens:
        names = ", ".join(token.name for token in tokens)
        return Finding("api", Health.FINE, f"tokens in {site.service.tokens}: {names}")
    advice = "make one by interlock token create"
    return Finding("api", Health.DOUBTFUL, "there are no tokens: nobody is let in", advice)


async def _look_at_door(listen: Listen) -> Finding:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(host, listen.port)
    except (OSError, TimeoutError):
        advice = "the log of the service says why; another program may have the port"
        return Finding("api", Health.BAD, f"nothing answers at {listen}", advice)
    writer.close()
    return Finding("api", Health.FINE, f"it listens at {listen}")
