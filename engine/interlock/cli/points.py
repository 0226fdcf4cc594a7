"""``interlock points``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JsonOption, SiteArgument, VerboseOption

if TYPE_CHECKING:
    from rich.table import Table

    from interlock.config.site import Site
    from interlock.driver import Target
    from interlock.rules.state import State

_REDRAW_S = 0.5


def points(
    site: SiteArgument,
    once: Annotated[bool, typer.Option("--once", help="Read once, print, and end.")] = False,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show every point of a site. On a terminal that is a live table until Ctrl-C, elsewhere one reading.

    \b
    Example:
      interlock points site.yaml --once
    """
    from interlock.cli.output import is_live, start_logging
    from interlock.service.loading import load_devices
    from interlock.service.logs import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    loaded = load_devices(site)
    use_timezone(loaded.timezone)
    if once or json or not is_live():
        _print_once(loaded, json)
    else:
        asyncio.run(_show_live(loaded))


def _print_once(site: Site, is_json: bool) -> None:
    from interlock.cli.answers import print_answers
    from interlock.service.reading import read_points

    readable = [point for point, target in site.targets.items() if target.capability.readable]
    answers = asyncio.run(read_points(site, readable))
    raise typer.Exit(print_answers(site, site.targets, answers, is_json=is_json))


async def _show_live(site: Site) -> None:
    from rich.live import Live

    from interlock.cli.output import out
    from interlock.service.watching import watch_points

    with Live(console=out(), auto_refresh=False, transient=False) as live:

        def redraw(state: State) -> None:
            live.update(_table(site, state), refresh=True)

        await watch_points(site, redraw, every_s=_REDRAW_S)


def _table(site: Site, state: State) -> Table:
    from rich.table import Table

    table = Table("point", "value", "since", "note", title=f"{site.name}: Ctrl-C ends", title_justify="left")
    for target in site.targets.values():
        table.add_row(*_row(target, state), style="" if target.capability.readable else "dim")
    return table


def _row(target: Target, state: State) -> tuple[str, str, str, str]:
    from interlock.cli.answers import note_for
    from interlock.cli.output import with_unit

    reading = state.reading(target.point)
    changed_at = state.changed_at(target.point)
    return (
        target.point,
        with_unit(reading.value if reading else None, target.capability.unit),
        f"{changed_at.astimezone(state.timezone):%H:%M:%S}" if changed_at else "",
        reading.reason if reading else note_for(target),
    )
