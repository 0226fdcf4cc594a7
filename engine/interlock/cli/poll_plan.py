"""``interlock poll-plan``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument
from interlock.cli.awaiting import finish
from interlock.plurals import counted

if TYPE_CHECKING:
    from pathlib import Path

    from interlock.service.polls import ConnectionPolls, PollLine, PollPlan

_WIDTH = 80
_MOST = 8
"""Names in one list; JSON has all."""


def poll_plan(
    site: SiteArgument,
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the running service, which knows claims and slow servers.")
    ] = False,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Show what is polled how often and why, in how many requests, and what the connections allow.

    \b
    Example:
      interlock poll-plan site.yaml
    """
    from interlock.cli.output import print_json, say

    plan = finish(_at_work(site, journal)) if live else _planned(site)
    if json:
        print_json(plan.model_dump(mode="json"))
        return
    for polls in plan.connections:
        for line in connection_lines(polls):
            say(line)


def _planned(site: Path) -> PollPlan:
    from interlock.cli.by_service import complain_of_files
    from interlock.errors import ConfigurationError
    from interlock.service.loading import errors_of, examine
    from interlock.service.polls import plan_of

    examined = examine(site)
    errors = ConfigurationError(errors_of(examined.findings))
    if examined.site is None:
        raise errors
    if errors.diagnostics:
        complain_of_files(errors)
    return plan_of(examined.site, examined.rules, examined.interlocks)


async def _at_work(site: Path, journal: str | None) -> PollPlan:
    from interlock.service.control.client import ask
    from interlock.service.control.protocol import AskPolls
    from interlock.service.loading import door_of
    from interlock.service.polls import PollPlan

    return await ask(door_of(site, journal), AskPolls(), PollPlan)


def connection_lines(polls: ConnectionPolls) -> Iterator[str]:
    """Yield what one connection is asked, in lines of a terminal."""
    yield from _wrapped(f"{polls.connection} ({polls.driver}): {_load(polls)}", 0)
    if polls.finding:
        yield from _wrapped(f"warning: {polls.finding}", 2)
    for line in polls.polls:
        yield from _wrapped(_pace(line), 2)
        yield from _wrapped(_listed(line.points), 4)
        yield from _wrapped(f"for {_listed(line.needed_by)}", 4)
    if polls.told:
        yield from _wrapped(f"told by the driver, and not polled: {_listed(polls.told)}", 2)


def _load(polls: ConnectionPolls) -> str:
    if not polls.polls:
        return "nothing is polled"
    limits = [f"rate {polls.rate}"] if polls.rate else []
    limits += [f"{polls.daily} a day"] if polls.daily else []
    asked = f"{polls.asked_per_minute:g} requests a minute, {polls.asked_per_day} a day"
    if polls.allowed_per_minute is None:
        return f"{asked}; no limit is set"
    return f"{asked}; of {' and '.join(limits)}, {polls.allowed_per_minute:g} a minute are for polls"


def _pace(line: PollLine) -> str:
    from interlock.durations import format_duration

    every, wanted = (format_duration(timedelta(seconds=each)) for each in (line.interval_s, line.poll_s))
    slowed = f", in place of {wanted}," if line.interval_s > line.poll_s else ""
    requests, points = counted(line.requests, "request"), counted(len(line.points), "point")
    return f"every {every}{slowed} at {line.offset_s:g} s: {points} by {requests} ({line.urgency})"


def _listed(names: Sequence[str]) -> str:
    others = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {others} more" if others > 0 else "")


def _wrapped(text: str, indent: int) -> Sequence[str]:
    return wrap(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
