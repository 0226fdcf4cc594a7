"""``interlock explain``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, LimitOption, SiteArgument

if TYPE_CHECKING:
    from datetime import datetime

    from interlock.config.journal_place import JournalPlace
    from interlock.service.explain.stories import Story
    from interlock.service.loading import Loaded


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
        typer.Option("--at", metavar="TIME", help="Tell what was so then, and until then; local time."),
    ] = None,
    *,
    limit: LimitOption = 5,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Tell why something happened, or did not. The last decisions and commands of the journal, with reasons.

    \b
    Example:
      interlock explain site.yaml living_ac.hvacmode
    """
    from interlock.cli.instants import instant_of_option, warn_of_twice
    from interlock.cli.output import print_json
    from interlock.cli.stories import show
    from interlock.service.explain import UnknownSubject, document_of
    from interlock.service.loading import journal_of, load

    loaded = load(site)
    zone = loaded.site.timezone
    instant = instant_of_option(at, zone, "--at") if at else None
    if at and instant:
        warn_of_twice(at, instant, zone)
    try:
        story = asyncio.run(_ask(journal_of(loaded.site, journal), loaded, subject, limit, instant))
    except UnknownSubject as error:
        raise typer.BadParameter(str(error)) from None
    if json:
        print_json(document_of(story).model_dump(mode="json"))
    else:
        show(story, loaded.site, limit)


async def _ask(journal: JournalPlace, loaded: Loaded, subject: str, limit: int, at: datetime | None) -> Story:
    from interlock.history.queries import JournalReader
    from interlock.service.explain import Explainer

    async with JournalReader(journal) as reader:
        explainer = Explainer(reader, loaded.site, loaded.rules, loaded.interlocks)
        return await explainer.explain(subject, limit=limit, at=at)
