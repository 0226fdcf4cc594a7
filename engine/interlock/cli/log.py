"""``interlock log``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument
from interlock.cli.awaiting import finish

if TYPE_CHECKING:
    from interlock.service.control.protocol import LogArea


def log(
    site: SiteArgument,
    area: Annotated[
        str | None, typer.Argument(metavar="[AREA]", help="As log lines name it, such as rule or poll.")
    ] = None,
    level: Annotated[
        str | None, typer.Argument(metavar="[LEVEL]", help="debug, info, warning, error or usual.")
    ] = None,
    *,
    length: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long, such as 2h; at most 7d.")
    ] = "10m",
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Show from which level on the running service logs each area, or change that of one for a while.

    It goes back by itself; a restart ends it at once, a reload does not.

    \b
    Example:
      interlock log site.yaml rule debug --for 10m
    """
    from interlock.cli.instants import length_of_option
    from interlock.cli.output import columns, print_json, say
    from interlock.service.control.client import ask
    from interlock.service.control.protocol import ListLogs, Logs, SetLog
    from interlock.service.loading import door_of

    if (area is None) is not (level is None):
        raise typer.BadParameter("an area and a level are wanted, such as rule debug, or neither")
    length_s = length_of_option(length).total_seconds()
    question = SetLog(area=area, level=level, length_s=length_s) if area and level else ListLogs()
    told = finish(ask(door_of(site, journal), question, Logs))
    if json:
        print_json(told.model_dump(mode="json"))
        return
    for row in columns([_row(each, ZoneInfo(told.timezone)) for each in told.areas]):
        say(row)


def _row(line: LogArea, zone: ZoneInfo) -> tuple[str, str, str]:
    from interlock.cli.output import local

    return line.area, line.level, f"until {local(line.until, zone)}" if line.until else ""
