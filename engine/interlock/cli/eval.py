"""``interlock eval``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish
from interlock.cli.exits import ExitCode

if TYPE_CHECKING:
    from interlock.config.journal_place import JournalPlace
    from interlock.config.site import Site
    from interlock.history.values import Json
    from interlock.service.control.protocol import Computed


def evaluate(
    site: SiteArgument,
    text: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help="As in a rule; a text with {{ }} in it as well.")
    ],
    given: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="POINT=VALUE", help="What a point is taken to hold; repeatable."),
    ] = None,
    *,
    journal: JournalOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Compute an expression, with what each of its parts comes to and why one is unknown.

    The running service is asked, which knows the past as well. Where none runs, devices are read once.

    \b
    Example:
      interlock eval site.yaml "living_thermostat.actualtemp > 26 and living_ac.hvacpower"
    """
    from interlock.cli.names import given_values
    from interlock.cli.output import columns, print_json, say, start_logging
    from interlock.service.loading import journal_of, load_devices
    from interlock.service.logs.lines import Detail, use_timezone

    start_logging(Detail.ERRORS, verbose)
    loaded = load_devices(site)
    use_timezone(loaded.timezone)
    values = given_values(given or [], "POINT=VALUE")
    found = finish(_compute(loaded, text, values, journal_of(loaded, journal)))
    if json:
        print_json(_document(found))
    else:
        for line in columns(list(_rows(found, 0))):
            say(line)
    raise typer.Exit(ExitCode.FINE if found.value else ExitCode.TEMPORARY)


async def _compute(site: Site, text: str, values: Mapping[str, str], journal: JournalPlace) -> Computed:
    from interlock.service.by_hand.evaluating import compute_at_rest
    from interlock.service.control.client import NoService, ask
    from interlock.service.control.protocol import Computed, Evaluate

    try:
        return await ask(journal, Evaluate(text=text, given=dict(values)), Computed)
    except NoService:
        return await compute_at_rest(text, site, values)


def _rows(found: Computed, depth: int) -> Iterator[Sequence[str]]:
    value = found.value or f"unknown: {found.reason}"
    yield "  " * depth + " ".join(found.text.split()), f"{value}  ({found.type})" if found.value else value
    for part in found.parts:
        yield from _rows(part, depth + 1)


def _document(found: Computed) -> Json:
    return {
        "text": found.text,
        "type": found.type,
        "value": found.value or None,
        "reason": found.reason or None,
        "parts": [_document(part) for part in found.parts],
    }
