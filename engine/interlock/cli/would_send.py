"""``interlock would-send``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo


def would_send(
    site: SiteArgument,
    *,
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="TIME", help="From this local time on, or so long ago, such as 90m or 7d."
        ),
    ] = "1d",
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="Until before this; now if not given.")
    ] = "0s",
    rule: Annotated[str, typer.Option("--rule", metavar="ID", help="Only what this rule would send.")] = "",
    point: Annotated[
        str, typer.Option("--point", metavar="POINT", help="Only what this point would get.")
    ] = "",
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Tell what a dry run and shadow rules would have sent. Each command with its reason, then the numbers.

    \b
    Example:
      interlock would-send site.yaml --since 7d
    """
    from interlock.cli.names import find_target, unknown
    from interlock.cli.rehearsals import show
    from interlock.clock import WallClock
    from interlock.service.loading import journal_of, load
    from interlock.service.rehearsal import rehearsed

    loaded = load(site)
    if point:
        find_target(loaded.site, point)
    rules = [each.id for each in loaded.rules]
    if rule and rule not in rules:
        raise unknown("rule", rule, rules)
    zone, now = loaded.site.timezone, WallClock().now()
    first, last = _instant(since, "--since", zone, now), _instant(until, "--until", zone, now)
    if first >= last:
        raise typer.BadParameter(f"--since {since} is not before the end")
    found = asyncio.run(rehearsed(journal_of(loaded.site, journal), first, last, loaded.site))
    show(found.only(rule=rule, point=point), loaded.site, is_json=json)


def _instant(text: str, option: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant of a local time, or of so long ago."""
    from interlock.durations import parse_duration
    from interlock.simulation.instants import read_instant

    try:
        return now - parse_duration(text) if text[-1:].isalpha() else read_instant(text, zone)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{option}: {error}") from None
