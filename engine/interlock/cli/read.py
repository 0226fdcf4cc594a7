"""``interlock read``."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.arguments import JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish


def read(
    site: SiteArgument,
    points: Annotated[list[str], typer.Argument(metavar="POINT", help="Written device.controller.")],
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Read points once.

    \b
    Example:
      interlock read site.yaml living_thermostat.actualtemp living_ac.hvacmode
    """
    from interlock.cli.answers import print_answers
    from interlock.cli.names import find_readable
    from interlock.cli.output import start_logging
    from interlock.service.by_hand.reading import read_points
    from interlock.service.loading import load_devices
    from interlock.service.logs.lines import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    loaded = load_devices(site)
    use_timezone(loaded.timezone)
    names = [find_readable(loaded, name).point for name in dict.fromkeys(points)]
    answers = finish(read_points(loaded, names))
    raise typer.Exit(print_answers(loaded, names, answers, is_json=json))
