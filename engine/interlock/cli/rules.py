"""``interlock rules``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument
from interlock.cli.awaiting import finish
from interlock.cli.exits import EPILOG
from interlock.plurals import counted

if TYPE_CHECKING:
    from interlock.config.journal_place import JournalPlace
    from interlock.config.site import Site
    from interlock.errors import ConfigurationError
    from interlock.service.control.protocol import RuleLine, Rules
    from interlock.service.loading import Loaded

rules = typer.Typer(help="See rules, run them, and let them act or not.", no_args_is_help=True, epilog=EPILOG)

RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule.")]


@rules.callback()
def _group() -> None:
    pass


@rules.command("list", epilog=EPILOG)
def list_rules(site: SiteArgument, journal: JournalOption = None, json: JsonOption = False) -> None:
    """List the rules: which act, what they are doing, when they fired and come next.

    Where no service runs, that is what the files and the journal say.

    \b
    Example:
      interlock rules list site.yaml
    """
    from interlock.cli.by_service import say_incomplete
    from interlock.cli.output import columns, print_json, say
    from interlock.errors import ConfigurationError
    from interlock.service.loading import journal_of, load

    try:
        loaded = load(site)
        told, zone = finish(_told(loaded, journal_of(loaded.site, journal))), loaded.site.timezone
    except ConfigurationError as error:
        told, zone = _told_by_service(site, journal, error)
    say_incomplete(told, "firings and switches of rules")
    if json:
        print_json([line.model_dump(mode="json") for line in told.rules])
        return
    for row in columns([_row(line, zone) for line in told.rules]):
        say(row)


@rules.command("show", epilog=EPILOG)
def show(site: SiteArgument, rule: RuleArgument) -> None:
    """Show a rule as it is after templates and for_each, and where it stands.

    \b
    Example:
      interlock rules show site.yaml cool-living-room
    """
    from interlock.cli.output import say
    from interlock.config.node_text import origin_of, text_of

    nodes = {_id(each): each for each in _site_as_far_as_sound(site).rules}
    node = nodes[_known(nodes, rule)]
    say(f"# {origin_of(node)}")
    say(text_of(node).rstrip())


@rules.command("run", epilog=EPILOG)
def run(
    site: SiteArgument,
    rule: RuleArgument,
    variables: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Variables of the rule.")
    ] = None,
    *,
    journal: JournalOption = None,
) -> None:
    """Let the running service do what a rule does, now, without its triggers and condition.

    \b
    Example:
      interlock rules run site.yaml cool-living-room
    """
    from interlock.cli.names import given_values
    from interlock.cli.output import say
    from interlock.service.control.client import ask
    from interlock.service.control.protocol import Began, RunRule
    from interlock.service.loading import door_of

    given = {name: _scalar(text) for name, text in given_values(variables or [], "NAME=VALUE").items()}
    question = RunRule(rule=rule, variables=given)
    began = finish(ask(door_of(site, journal), question, Began))
    say(f"rule {rule} runs: firing {began.firing}")


@rules.command("enable", epilog=EPILOG)
def enable(site: SiteArgument, rule: RuleArgument, journal: JournalOption = None) -> None:
    """Let a rule act, from now on and after a restart, whatever its file says.

    \b
    Example:
      interlock rules enable site.yaml cool-living-room
    """
    _switch(site, rule, journal, is_on=True)


@rules.command("disable", epilog=EPILOG)
def disable(site: SiteArgument, rule: RuleArgument, journal: JournalOption = None) -> None:
    """Let a rule not act, from now on and after a restart. What it is doing goes on: see cancel.

    \b
    Example:
      interlock rules disable site.yaml cool-living-room
    """
    _switch(site, rule, journal, is_on=False)


@rules.command("cancel", epilog=EPILOG)
def cancel(site: SiteArgument, rule: RuleArgument, journal: JournalOption = None) -> None:
    """End what a rule is doing in the running service.

    \b
    Example:
      interlock rules cancel site.yaml cool-living-room
    """
    from interlock.cli.output import say
    from interlock.service.control.client import ask
    from interlock.service.control.protocol import CancelRule, Ended
    from interlock.service.loading import door_of

    ended = finish(ask(door_of(site, journal), CancelRule(rule=rule), Ended))
    say(f"rule {rule}: {counted(ended.count, 'firing')} ended")


def _switch(site: Path, rule: str, journal: str | None, *, is_on: bool) -> None:
    from interlock.cli.by_service import answer_of_service
    from interlock.cli.output import say
    from interlock.errors import ConfigurationError
    from interlock.service.control.protocol import Done, SwitchRule
    from interlock.service.loading import journal_of, load

    try:
        loaded = load(site)
    except ConfigurationError as error:
        answer_of_service(site, SwitchRule(rule=rule, is_on=is_on), Done, journal, error)
        when = ""
    else:
        name = _known([each.id for each in loaded.rules], rule)
        when = finish(_switched(name, journal_of(loaded.site, journal), is_on=is_on))
    say(f"rule {rule} is {'on' if is_on else 'off'}{when}")


def _site_as_far_as_sound(path: Path) -> Site:
    """Return a site; errors in its files are said, and keep nobody from seeing the rest."""
    from interlock.cli.by_service import complain_of_files
    from interlock.errors import ConfigurationError
    from interlock.service.loading import errors_of, examine

    examined = examine(path)
    errors = errors_of(examined.findings)
    if examined.site is None:
        raise ConfigurationError(errors)
    if errors:
        complain_of_files(ConfigurationError(errors))
    return examined.site


async def _switched(
    rule: str, journal: JournalPlace, *, is_on: bool
) -> Literal["", " from the next start on"]:
    from interlock.service.control.client import NoService, ask
    from interlock.service.control.protocol import Done, SwitchRule

    try:
        await ask(journal, SwitchRule(rule=rule, is_on=is_on), Done)
    except NoService:
        from interlock.service.by_hand.rules_at_rest import switch_at_rest

        await switch_at_rest(rule, journal, is_on=is_on)
        return " from the next start on"
    return ""


async def _told(loaded: Loaded, journal: JournalPlace) -> Rules:
    from interlock.service.control.client import NoService, ask
    from interlock.service.control.protocol import ListRules, Rules

    try:
        return await ask(journal, ListRules(), Rules)
    except NoService:
        from interlock.service.by_hand.rules_at_rest import rule_lines

        return Rules(rules=tuple(await rule_lines(loaded.site, loaded.rules, journal)))


def _told_by_service(path: Path, journal: str | None, error: ConfigurationError) -> tuple[Rules, ZoneInfo]:
    """Return how the rules of a running service are, whose site's files have errors, and its time zone."""
    from interlock.cli.by_service import answer_of_service
    from interlock.service.control.client import ask
    from interlock.service.control.protocol import AskStatus, ListRules, Rules, Status
    from interlock.service.loading import door_of

    status = answer_of_service(path, AskStatus(), Status, journal, error)
    told = finish(ask(door_of(path, journal), ListRules(), Rules))
    return told, ZoneInfo(status.timezone)


def _row(line: RuleLine, timezone: ZoneInfo) -> Sequence[str]:
    state = ("shadow" if line.mode == "shadow" else "on") if line.is_on else "off"
    counts = {"running": line.running, "queued": line.queued, "held": line.held}
    return (
        line.rule,
        state,
        f"by {line.switched_by}" if line.switched_by else "",
        ", ".join(f"{count} {word}" for word, count in counts.items() if count),
        _time("fired", line.fired_at, timezone),
        _time("next", line.due_at, timezone),
    )


def _time(word: str, instant: datetime | None, timezone: ZoneInfo) -> str:
    return f"{word} {instant.astimezone(timezone):%Y-%m-%d %H:%M:%S}" if instant else ""


def _known(known: Collection[str], rule: str) -> str:
    from interlock.cli.names import unknown

    if rule not in known:
        raise unknown("rule", rule, known)
    return rule


def _id(node: object) -> str:
    from interlock.config.nodes import MapNode, ScalarNode

    found = node.entries.get("id") if isinstance(node, MapNode) else None
    return found.text if isinstance(found, ScalarNode) else ""


def _scalar(text: str) -> bool | int | float | str:
    """Return what a word on the command line means, as in YAML."""
    from interlock.config.core_schema import resolve

    value = resolve(text)
    return text if value is None else value
