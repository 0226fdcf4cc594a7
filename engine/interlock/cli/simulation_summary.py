"""What came of a simulation, on a terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from rich import box
from rich.table import Table as Drawn
from rich.text import Text

from interlock.cli.output import out, say
from interlock.durations import format_duration
from interlock.redaction import redactor
from interlock.simulation.report.values import Table
from interlock.simulation.results import Results
from interlock.simulation.results.tables import tables_of

_DAY = timedelta(days=1)
_NAME = 34
"""A name of so many characters is not broken."""


def show_summary(results: Results, zone: ZoneInfo) -> None:
    """Print what was simulated and what came of it, readable in 80 columns."""
    begins, ends = results.begins.astimezone(zone), results.ends.astimezone(zone)
    length = format_duration(_length(results, zone))
    say(Text(results.site, "bold").append(f": {length} from {begins:%Y-%m-%d %H:%M}", "not bold"))
    paced = f"; polled each {results.poll} at most" if results.poll else ""
    say(f"weather: {results.weather}; seed {results.seed}{paced}")
    for text in results.faults:
        say(f"fault: {text}")
    if not results.is_whole:
        say(f"ended before its time, at {ends:%Y-%m-%d %H:%M}", "yellow")
    for table in tables_of(results, zone):
        _show(table)
    if not results.figures.zones:
        say()
        say("\n".join(results.building), "dim")


def _length(results: Results, zone: ZoneInfo) -> timedelta:
    """Return how long it was: whole days are those of the calendar, everything else is time that passed."""
    begins, ends = (each.astimezone(zone).replace(tzinfo=None) for each in (results.begins, results.ends))
    by_the_clock = ends - begins
    return by_the_clock if by_the_clock and not by_the_clock % _DAY else results.ends - results.begins


def _show(table: Table) -> None:
    say()
    drawn = Drawn(
        box=box.SIMPLE_HEAD, show_edge=False, title=table.title, title_justify="left", title_style="bold"
    )
    for number, heading in enumerate(table.header):
        is_number = _is_number_column(table, number)
        # What a line is about stays in one piece; long texts beside it are broken.
        width = min(max(len(row[0]) for row in table.rows), _NAME) if number == 0 and table.rows else None
        justify: Literal["left", "right"] = "right" if is_number else "left"
        drawn.add_column(heading, justify=justify, overflow="fold", min_width=width)
    for number, row in enumerate(table.rows):
        cells = [redactor.redact(cell) for cell in row]
        drawn.add_row(*cells, style="yellow" if number in table.emphasis else "")
    if table.rows:
        out().print(drawn, soft_wrap=False)
    else:
        say(f"{table.title}: {table.if_empty}")
    if table.explanation and table.rows:
        say(table.explanation, "dim")


def _is_number_column(table: Table, number: int) -> bool:
    cells = [row[number] for row in table.rows]
    return bool(cells) and all(cell.replace(".", "", 1).replace("-", "", 1).isdigit() for cell in cells)
