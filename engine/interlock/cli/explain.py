"""``interlock explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, LimitOption, SiteArgument
from interlock.cli.awaiting import finish

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo


def explain(
    site: SiteArgument,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="A point, a device, or the id of a rule, an interlock, a firing or a command.",
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Tell what was so until then: 17:36, yesterday 17:36, 2026-07-13T17:36, or 2h (ago).",
        ),
    ] = None,
    *,
    limit: LimitOption = 5,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Tell why something happened, or did not: by the journal, and of now by the service that runs.

    \b
    Example:
      interlock explain site.yaml living_ac.hvacmode
    """
    from interlock.cli.instants import instant_of_option
    from interlock.cli.output import print_json, start_logging
    from interlock.cli.stories import show, show_now
    from interlock.service.explain import UnknownSubject, document_of
    from interlock.service.explain.asking import explain_site
    from interlock.service.logs.lines import Detail

    start_logging(Detail.ERRORS, 0)

    def instant(zone: ZoneInfo) -> datetime | None:
        return instant_of_option(at, zone, "--at") if at else None

    try:
        told = finish(explain_site(site, subject, journal=journal, limit=limit, instant=instant))
    except UnknownSubject as error:
        raise typer.BadParameter(str(error)) from None
    if json:
        print_json(document_of(told.story).model_dump(mode="json"))
    elif told.site:
        show(told.story, told.site, limit)
    else:
        show_now(told.story, told.timezone)
