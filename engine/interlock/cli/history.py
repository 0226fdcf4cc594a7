"""``interlock history``."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.exits import EPILOG

if TYPE_CHECKING:
    from interlock.config.site import Site
    from interlock.model import Point

history = typer.Typer(help="What devices remember of the past.", no_args_is_help=True, epilog=EPILOG)


@history.callback()
def _group() -> None:
    pass


@history.command("fetch", epilog=EPILOG)
def fetch(
    site: SiteArgument,
    points: Annotated[
        list[str] | None,
        typer.Argument(metavar="[POINT]...", help="Which; all of every connection that keeps a history."),
    ] = None,
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="The first day, or instant, in the site's zone.")
    ],
    end: Annotated[
        str, typer.Option("--to", metavar="TIME", help="Until before this; now if not given.")
    ] = "",
    journal: JournalOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Fetch what devices remember into the journal. What is there already is replaced, not doubled.

    \b
    Example:
      interlock history fetch site.yaml --from 2026-10-01 --to 2026-11-01
    """
    from interlock.cli.names import find_readable
    from interlock.cli.output import print_json, say, start_logging
    from interlock.clock import WallClock
    from interlock.service.daemon import default_journal
    from interlock.service.loading import load_devices
    from interlock.service.logs import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    loaded = load_devices(site)
    use_timezone(loaded.timezone)
    first = _instant(start, loaded.timezone, "--from")
    last = _instant(end, loaded.timezone, "--to") if end else WallClock().now()
    if first >= last:
        raise typer.BadParameter(f"--from {start} is not before --to {end or 'now'}")
    wanted = [find_readable(loaded, name).point for name in dict.fromkeys(points or ())]
    counts = asyncio.run(_fetch(loaded, wanted, first, last, journal or default_journal(loaded.path)))
    if json:
        print_json({str(point): count for point, count in counts.items()})
    for point, count in () if json else sorted(counts.items()):
        say(f"{point}  {count} value{'' if count == 1 else 's'}")
    if not counts and not json:
        say("no device remembers anything of that time")


async def _fetch(
    site: Site, wanted: list[Point], start: datetime, end: datetime, path: Path
) -> Counter[Point]:
    from interlock.errors import NotSupported
    from interlock.service.surveying import HistoryStore, fetch_history, points_with_history

    asked = [site.targets[point].device.connection for point in wanted]
    connections = list(dict.fromkeys(asked or site.connections))
    counts: Counter[Point] = Counter()
    refusals: list[NotSupported] = []
    async with HistoryStore(path) as store:
        for name in connections:
            every = [target.point for target in points_with_history(site, name)]
            chosen = [point for point in every if point in wanted] if wanted else every
            try:
                async for recorded in fetch_history(site, name, chosen, start, end):
                    await store.put(recorded)
                    counts[recorded.point] += 1
            except NotSupported as error:
                refusals.append(error)
    if refusals and len(refusals) == len(connections):
        raise refusals[0]
    return counts


def _instant(text: str, timezone: ZoneInfo, option: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        hint = "write for example 2026-10-01 or 2026-10-01T06:00"
        raise typer.BadParameter(f"{option} {text} is no time: {hint}") from None
    return (found if found.tzinfo else found.replace(tzinfo=timezone)).astimezone(UTC)
