"""``interlock call``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish
from interlock.cli.exits import exit_code_of_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlock.driver import Target
    from interlock.model import Value


def call_point(
    site: SiteArgument,
    point: Annotated[str, typer.Argument(metavar="POINT", help="Written device.controller.")],
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="What the controller takes.")
    ] = None,
    *,
    journal: JournalOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Call a controller with named fields. What became of it is printed, and kept in the journal.

    \b
    Example:
      interlock call site.yaml server.sendKNXbit group=1/0/1 value=on
    """
    from interlock.cli.by_service import send_words
    from interlock.cli.names import find_target
    from interlock.cli.output import start_logging
    from interlock.cli.receipts import print_receipt
    from interlock.errors import ConfigurationError
    from interlock.service.by_hand.commanding import send_as_operator
    from interlock.service.control.protocol import SendWords
    from interlock.service.loading import journal_of, load_devices
    from interlock.service.logs.lines import Detail, show_repeats, use_timezone

    start_logging(Detail.ERRORS, verbose)
    show_repeats()
    try:
        loaded = load_devices(site)
    except ConfigurationError as error:
        words = SendWords(point=point, fields=dict(_given(fields or [])))
        send_words(site, words, journal, error, is_json=json)
    use_timezone(loaded.timezone)
    target = find_target(loaded, point)
    checked = _checked(target, fields or [])
    path = journal_of(loaded, journal)
    receipt = finish(send_as_operator(loaded, target.point, None, path, fields=checked))
    print_receipt(receipt, target.capability.unit, is_json=json)
    raise typer.Exit(exit_code_of_outcome(receipt.outcome))


def _checked(target: Target, texts: Sequence[str]) -> Mapping[str, Value]:
    from interlock.errors import InvalidValue

    if not target.capability.fields:
        raise typer.BadParameter(f"{target.point} has no fields to call it with: use interlock set")
    try:
        return target.capability.check_fields(_given(texts))
    except InvalidValue as error:
        raise typer.BadParameter(f"{target.point}: {error}") from error


def _given(texts: Sequence[str]) -> Mapping[str, str]:
    given: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"'{text}' is no field: write FIELD=VALUE")
        if name in given:
            raise typer.BadParameter(f"'{name}' is given twice")
        given[name] = value
    return given
