"""``interlock points``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from rich.table import Table

    from interlock.config.journal_place import JournalPlace
    from interlock.config.site import Site
    from interlock.driver import Target
    from interlock.rules.state import State
    from interlock.service.control.protocol import PointLine

_REDRAW_S = 0.5


def points(
    site: SiteArgument,
    *,
    once: Annotated[bool, typer.Option("--once", help="Read once, print, and end.")] = False,
    journal: JournalOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show every point of a site. On a terminal that is a live table until Ctrl-C, elsewhere one reading.

    The live table shows what the service knows that runs with the journal, and polls the rest itself.
    Virtual points are always the service's.

    \b
    Example:
      interlock points site.yaml --once
    """
    from interlock.cli.output import is_live, start_logging
    from interlock.service.loading import journal_of, load_devices
    from interlock.service.logs.lines import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    loaded = load_devices(site)
    use_timezone(loaded.timezone)
    path = journal_of(loaded, journal)
    if once or json or not is_live():
        _print_once(loaded, path, is_json=json)
    else:
        finish(_show_live(loaded, path))


def _print_once(site: Site, journal: JournalPlace, *, is_json: bool) -> None:
    from interlock.cli.answers import print_answers
    from interlock.service.by_hand.reading import read_points

    readable = [point for point, target in site.targets.items() if target.capability.readable]
    answers = finish(read_points(site, readable, journal))
    raise typer.Exit(print_answers(site, site.targets, answers, is_json=is_json))


async def _show_live(site: Site, journal: JournalPlace) -> None:
    from rich.live import Live

    from interlock.cli.output import out
    from interlock.service.by_hand.watching import watch_points

    with Live(console=out(), auto_refresh=False, transient=False) as live:

        def redraw(state: State, known: Mapping[str, PointLine]) -> None:
            live.update(_table(site, state, known), refresh=True)

        await watch_points(site, redraw, journal=journal, every_s=_REDRAW_S)


def _table(site: Site, state: State, known: Mapping[str, PointLine]) -> Table:
    from rich.table import Table

    table = Table("point", "value", "since", "note", title=f"{site.name}: Ctrl-C ends", title_justify="left")
    for target in site.targets.values():
        table.add_row(
            *_row(target, state, known.get(target.point)), style="" if target.capability.readable else "dim"
        )
    return table


def _row(target: Target, state: State, line: PointLine | None) -> tuple[str, str, str, str]:
    from interlock.cli.answers import note_for
    from interlock.cli.output import with_unit
    from interlock.history.values import decode_value

    unit, reading = target.capability.unit, state.reading(target.point)
    if line:
        value = None if line.value is None else decode_value(line.value)
        return target.point, with_unit(value, unit), _since(line.changed_at, state), line.reason
    return (
        target.point,
        with_unit(reading.value if reading else None, unit),
        _since(state.changed_at(target.point), state),
        reading.reason if reading else note_for(target),
    )


def _since(changed_at: datetime | None, state: State) -> str:
    return f"{changed_at.astimezone(state.timezone):%H:%M:%S}" if changed_at else ""
