"""``interlock override``, ``interlock release`` and ``interlock claims``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, whole_number
from interlock.cli.awaiting import finish
from interlock.cli.exits import exit_code_of_outcome
from interlock.plurals import counted

if TYPE_CHECKING:
    from interlock.config.journal_place import JournalPlace
    from interlock.config.site import Site
    from interlock.history.values import Json
    from interlock.model import Point, Receipt
    from interlock.service.control.protocol import ClaimLine, Claims, ReleasedClaims

PointArgument = Annotated[str, typer.Argument(metavar="POINT", help="Written device.controller.")]
_MANUAL = 8


def _priority_of(text: str) -> int:
    """Return a priority from its number or one of the customary names, as rules write them."""
    from interlock.rules.claims import PRIORITY_NAMES

    name = str(text).strip().lower().replace(" ", "_").replace("-", "_")
    if not name.isdecimal() and name not in PRIORITY_NAMES:
        names = ", ".join(PRIORITY_NAMES)
        raise typer.BadParameter(f"'{text}' is no priority: write a number from 1 to 16, or one of {names}")
    return PRIORITY_NAMES.get(name) or whole_number(1, 16)(name)


def override(
    site: SiteArgument,
    point: PointArgument,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As in YAML.")],
    *,
    length: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long, such as 2h; else until it is released."),
    ] = None,
    priority: Annotated[
        int,
        typer.Option(
            "--priority",
            parser=_priority_of,
            metavar="N",
            help="From 1, the strongest, to 16, or a name such as manual_operator, which is 8.",
        ),
    ] = _MANUAL,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Hold a point at a value, whatever weaker rules want. The service that runs does it.

    Guards and interlocks stand above it: what they forbid is refused, or waits.

    \b
    Example:
      interlock override site.yaml living_ac.hvacmode cooling --for 2h
    """
    from interlock.cli.by_service import send_words
    from interlock.cli.instants import length_of_option
    from interlock.cli.names import checked_value, find_target
    from interlock.cli.receipts import print_receipt
    from interlock.clock import WallClock
    from interlock.errors import ConfigurationError
    from interlock.history.values import encode_value
    from interlock.service.by_hand.commanding import send_to_service
    from interlock.service.control.client import NoService
    from interlock.service.control.protocol import SendCommand, SendWords
    from interlock.service.loading import journal_of, load_devices

    held = length_of_option(length) if length else None
    until = WallClock().now() + held if held else None
    try:
        loaded = load_devices(site)
    except ConfigurationError as error:
        words = SendWords(point=point, value=value, priority=priority, holds=True, until=until)
        send_words(site, words, journal, error, is_json=json)
    target = find_target(loaded, point)
    checked = None if target.capability.is_trigger else checked_value(target, value)
    if checked is None:
        raise typer.BadParameter(f"{target.point} holds no value: there is nothing to keep it at")
    question = SendCommand(
        point=target.point,
        value=encode_value(checked),
        priority=priority,
        holds=True,
        until=until,
    )
    try:
        receipt = finish(send_to_service(question, journal_of(loaded, journal)))
    except NoService as error:
        raise NoService(
            f"{error}, and only a service can hold a point: start it, or use interlock set"
        ) from error
    print_receipt(receipt, target.capability.unit, is_json=json)
    if not json:
        _say_how_long(receipt, loaded)
    raise typer.Exit(exit_code_of_outcome(receipt.outcome))


def release(site: SiteArgument, point: PointArgument, journal: JournalOption = None) -> None:
    """Let go of what an override or a hand at the device holds. Rules decide again.

    \b
    Example:
      interlock release site.yaml living_ac.hvacmode
    """
    from interlock.cli.by_service import site_or_complaint
    from interlock.cli.names import find_target
    from interlock.cli.output import say
    from interlock.model import Point
    from interlock.service.loading import door_of, journal_of

    loaded = site_or_complaint(site)
    wanted = find_target(loaded, point).point if loaded else Point(point)
    place = journal_of(loaded, journal) if loaded else door_of(site, journal)
    say(f"{wanted}: {_released(finish(_release(wanted, place)))}")


def _released(ended: ReleasedClaims) -> str:
    if ended.count:
        return f"{counted(ended.count, 'claim')} released"
    if ended.awaits_journal:
        return "nothing is known yet to hold it; what the journal holds of it is released when that comes"
    return "neither an override nor a hand holds it"


def claims(
    site: SiteArgument,
    point: Annotated[str | None, typer.Argument(metavar="[POINT]", help="Of this point only.")] = None,
    *,
    journal: JournalOption = None,
    json: JsonOption = False,
) -> None:
    """Show who wants what of which points since when, what wins, and why the others wait.

    Where no service runs, those are shown that stand at its next start.

    \b
    Example:
      interlock claims site.yaml living_ac.hvacmode
    """
    from interlock.cli.by_service import say_incomplete, site_or_complaint
    from interlock.cli.names import find_target
    from interlock.cli.output import columns, print_json, say
    from interlock.service.loading import door_of, journal_of

    loaded = site_or_complaint(site)
    wanted = find_target(loaded, point).point if loaded and point else point
    found = finish(_claims(journal_of(loaded, journal) if loaded else door_of(site, journal)))
    say_incomplete(found, "claims")
    lines = [line for line in found.claims if wanted in (None, line.point)]
    if json:
        print_json([_document(line) for line in lines])
    elif lines:
        for row in columns([_HEAD, *(_row(line, loaded) for line in lines)]):
            say(row)
    else:
        say(f"nobody claims {wanted or 'any point'}")


_HEAD = ("point", "priority", "value", "who", "since", "until", "state")


async def _release(point: Point, journal: JournalPlace) -> ReleasedClaims:
    from interlock.service.by_hand.claims_at_rest import release_at_rest
    from interlock.service.control.client import NoService, ask
    from interlock.service.control.protocol import ReleasedClaims, ReleasePoint

    try:
        return await ask(journal, ReleasePoint(point=point), ReleasedClaims)
    except NoService:
        return ReleasedClaims(count=await release_at_rest(point, journal))


async def _claims(journal: JournalPlace) -> Claims:
    from interlock.service.by_hand.claims_at_rest import lines_at_rest
    from interlock.service.control.client import NoService, ask
    from interlock.service.control.protocol import Claims, ListClaims

    try:
        return await ask(journal, ListClaims(), Claims)
    except NoService:
        return Claims(claims=tuple(await lines_at_rest(journal)))


def _say_how_long(receipt: Receipt, site: Site) -> None:
    from interlock.cli.output import local, say
    from interlock.model import Outcome

    if receipt.outcome in (Outcome.REFUSED, Outcome.SUPPRESSED):
        return
    until = receipt.command.until
    end = f"until {local(until, site.timezone)}" if until else "until it is released"
    say(f"  held at priority {receipt.command.priority} {end}")


def _row(line: ClaimLine, site: Site | None) -> Sequence[str]:
    """Return a claim for people; without a sound site file in UTC and without units."""
    from datetime import UTC

    from interlock.cli.output import local, with_unit
    from interlock.history.values import decode_value

    target = site.targets.get(_point(line)) if site else None
    unit, zone = target.capability.unit if target else "", site.timezone if site else UTC
    return (
        line.point,
        _priority(line.priority),
        with_unit(decode_value(line.value), unit),
        line.owner,
        local(line.since, zone),
        local(line.until, zone) if line.until else "",
        line.status,
    )


def _point(line: ClaimLine) -> Point:
    from interlock.model import Point

    return Point(line.point)


def _priority(number: int) -> str:
    from interlock.rules.claims import PRIORITY_NAMES

    names = {each: name.replace("_", " ") for name, each in PRIORITY_NAMES.items()}
    return f"{number} {names[number]}" if number in names else str(number)


def _document(line: ClaimLine) -> Json:
    from interlock.history.values import as_json, decode_value

    return {
        "point": line.point,
        "priority": line.priority,
        "value": as_json(decode_value(line.value)),
        "owner": line.owner,
        "since": line.since.isoformat(),
        "until": line.until.isoformat() if line.until else None,
        "state": line.status,
    }
