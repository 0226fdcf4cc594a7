"""``interlock explain``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, LimitOption, SiteArgument
from interlock.model import Point


def explain(
    site: SiteArgument,
    subject: Annotated[
        str,
        typer.Argument(metavar="POINT|RULE|INTERLOCK", help="A point, or the id of a rule or an interlock."),
    ],
    limit: LimitOption = 5,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Tell why something happened, or did not. The last decisions and commands of the journal, with reasons.

    \b
    Example:
      interlock explain site.yaml living_ac.hvacmode
    """
    from interlock.cli.names import unknown
    from interlock.cli.stories import show_interlock, show_point, show_rule
    from interlock.service.explaining import explain_interlock, explain_point, explain_rule
    from interlock.service.loading import default_journal, load

    loaded = load(site)
    path = journal or default_journal(loaded.site.path)
    rules = {rule.id: rule for rule in loaded.rules}
    interlocks = {each.id: each for each in loaded.interlocks}
    if subject in loaded.site.targets:
        connection = loaded.site.targets[Point(subject)].device.connection
        point = asyncio.run(explain_point(path, Point(subject), limit=limit, connection=connection))
        show_point(point, loaded.site, is_json=json)
    elif subject in rules:
        rule = asyncio.run(explain_rule(path, rules[subject], loaded.site, limit=limit))
        show_rule(rule, rules[subject].description, loaded.site, is_json=json)
    elif subject in interlocks:
        interlock = asyncio.run(explain_interlock(path, subject, limit=limit))
        show_interlock(interlock, interlocks[subject], loaded.site, is_json=json)
    else:
        raise unknown("point, rule or interlock", subject, [*loaded.site.targets, *rules, *interlocks])
