"""``interlock would-send``."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument
from interlock.cli.awaiting import finish


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
    from interlock.cli.instants import instant_of_option
    from interlock.cli.names import find_target, unknown
    from interlock.cli.rehearsals import show
    from interlock.service.loading import journal_of, load
    from interlock.service.rehearsal import rehearsed

    loaded = load(site)
    if point:
        find_target(loaded.site, point)
    rules = [each.id for each in loaded.rules]
    if rule and rule not in rules:
        raise unknown("rule", rule, rules)
    zone = loaded.site.timezone
    first, last = instant_of_option(since, zone, "--since"), instant_of_option(until, zone, "--until")
    if first >= last:
        raise typer.BadParameter(f"--since {since} is not before the end")
    found = finish(rehearsed(journal_of(loaded.site, journal), first, last, loaded.site))
    show(found.only(rule=rule, point=point), loaded.site, is_json=json)
