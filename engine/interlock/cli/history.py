"""``interlock history``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias
from zoneinfo import ZoneInfo

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish
from interlock.cli.exits import EPILOG, ExitCode, exit_code_of_errors
from interlock.cli.instants import instant_of_option
from interlock.plurals import counted

if TYPE_CHECKING:
    from interlock.config.journal_place import JournalPlace
    from interlock.driver import Recorded
    from interlock.history.values import Json
    from interlock.model import Reading
    from interlock.service.by_hand.fetching import Fetched, Fetching

    Show: TypeAlias = Callable[[Fetched, Recorded], None]


class Form(StrEnum):
    """What kind of file is written."""

    CSV = "csv"
    PARQUET = "parquet"


_EACH = 100
"""Values between two looks at how far it is."""

history = typer.Typer(
    help="The past: what devices remember of it, and what the journal has.",
    no_args_is_help=True,
    epilog=EPILOG,
)


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

    Where a device or a connection fails, the others are fetched all the same, and it is named at the end.

    \b
    Example:
      interlock history fetch site.yaml --from 2026-10-01 --to 2026-11-01
    """
    from interlock.cli.names import find_readable
    from interlock.cli.output import start_logging
    from interlock.clock import WallClock
    from interlock.service.by_hand.fetching import Fetching
    from interlock.service.loading import journal_of, load_devices
    from interlock.service.logs.lines import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    loaded = load_devices(site)
    use_timezone(loaded.timezone)
    first = instant_of_option(start, loaded.timezone, "--from")
    last = instant_of_option(end, loaded.timezone, "--to") if end else WallClock().now()
    if first >= last:
        raise typer.BadParameter(f"--from {start} is not before --to {end or 'now'}")
    wanted = [find_readable(loaded, name).point for name in dict.fromkeys(points or ())]
    fetching = Fetching(site=loaded, wanted=wanted, start=first, end=last)
    is_ended = False
    try:
        with _progress(is_silent=verbose > 0) as show:
            finish(_fetch(fetching, journal_of(loaded, journal), show))
    except KeyboardInterrupt:
        # What came is stored: it is worth its numbers.
        is_ended = True
    _report(fetching, is_json=json)
    if is_ended:
        raise typer.Exit(ExitCode.INTERRUPTED)
    if code := exit_code_of_errors(fetching.failures):
        raise typer.Exit(code)


@history.command("export", epilog=EPILOG)
def export(
    site: SiteArgument,
    points: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[POINT]...",
            help="Which: points, devices, or patterns such as '*.actualtemp'; all if none.",
        ),
    ] = None,
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="The first day, or instant, in the site's zone.")
    ],
    end: Annotated[
        str, typer.Option("--to", metavar="TIME", help="Until before this; now if not given.")
    ] = "",
    form: Annotated[
        Form, typer.Option("--format", help="csv is what interlock replay --csv reads.")
    ] = Form.CSV,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; standard output if not given."),
    ] = None,
    journal: JournalOption = None,
    verbose: VerboseOption = 0,
) -> None:
    """Write what the journal has of points into a file, oldest first.

    \b
    Example:
      interlock history export site.yaml '*.actualtemp' --from 2026-10-01 --to 2026-11-01 -o october.csv
    """
    from interlock.cli.names import find_matching
    from interlock.cli.output import say, start_logging
    from interlock.clock import WallClock
    from interlock.history.recording import Recording
    from interlock.service.loading import journal_of, load_devices
    from interlock.service.logs.lines import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    if form is Form.PARQUET and output is None:
        raise typer.BadParameter("a Parquet file needs --output FILE")
    loaded = load_devices(site)
    use_timezone(loaded.timezone)
    span = (
        instant_of_option(start, loaded.timezone, "--from"),
        (instant_of_option(end, loaded.timezone, "--to") if end else WallClock().now()),
    )
    if span[0] >= span[1]:
        raise typer.BadParameter(f"--from {start} is not before --to {end or 'now'}")
    wanted = find_matching(loaded, points or ())
    place = journal_of(loaded, journal)
    with Recording(place) as recording, closing(recording.readings(*span, wanted)) as rows:
        count = _write(rows, loaded.timezone, form, output)
    if output is not None:
        say(f"{_counted(count)} in {output}")


def _write(rows: Iterator[tuple[datetime, Reading]], zone: ZoneInfo, form: Form, output: Path | None) -> int:
    """Write rows, of which there must be one at least; return how many."""
    from interlock.cli.output import fail
    from interlock.history.export import write_csv, write_parquet
    from interlock.whole_file import replaced

    first = next(rows, None)
    if first is None:
        fail("error: the journal has no readings of these points in that time")
    found = chain([first], rows)
    if output is None:
        return write_csv(found, zone, sys.stdout.buffer)
    with replaced(output) as file:
        return write_csv(found, zone, file) if form is Form.CSV else write_parquet(found, zone, file)


async def _fetch(fetching: Fetching, place: JournalPlace, show: Show) -> None:
    from interlock.service.by_hand.surveying import HistoryStore

    async with HistoryStore(place) as store:
        async for fetched, recorded in fetching.run(store):
            show(fetched, recorded)


@contextmanager
def _progress(*, is_silent: bool) -> Iterator[Show]:
    """Show how far it is, where standard error is a terminal and no log is written to it."""
    from interlock.cli.output import err

    console = err()
    if is_silent or not console.is_terminal or console.is_dumb_terminal:
        yield lambda fetched, recorded: None
        return
    with console.status("asking the devices") as status:

        def show(fetched: Fetched, recorded: Recorded) -> None:
            if fetched.total % _EACH == 1:
                place = f"now {recorded.point.device}, {recorded.at:%Y-%m-%d}"
                status.update(f"{fetched.connection}: {_counted(fetched.total)}; {place}")

        yield show


def _report(fetching: Fetching, *, is_json: bool) -> None:
    from interlock.cli.output import complain, print_json, say

    if is_json:
        print_json({each.connection: _document(each) for each in fetching.results})
    else:
        for line in _lines(fetching.results):
            say(line)
    for error in fetching.failures:
        complain(f"error: {error}")


def _document(fetched: Fetched) -> Json:
    points = {str(point): count for point, count in sorted(fetched.counts.items())}
    return {"points": points, "error": str(fetched.error) if fetched.error else None}


def _lines(results: Sequence[Fetched]) -> Iterator[str]:
    """Yield the numbers of each connection of which something came, or was asked by name."""
    from interlock.cli.output import columns

    told = [each for each in results if each.counts]
    for fetched in told:
        yield f"{fetched.connection}: {_counted(fetched.total)}"
        rows = [(f"  {point}", _counted(count)) for point, count in sorted(fetched.counts.items())]
        yield from columns(rows)
    if not told and any(each.error is None for each in results):
        yield "no device remembers anything of that time"


def _counted(count: int) -> str:
    return counted(count, "value")
