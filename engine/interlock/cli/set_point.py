"""``interlock set``."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish
from interlock.cli.exits import exit_code_of_outcome


def set_point(
    site: SiteArgument,
    point: Annotated[str, typer.Argument(metavar="POINT", help="Written device.controller.")],
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="As in YAML; none for a point that takes none.")
    ] = None,
    *,
    journal: JournalOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Send one command. What became of it is printed, and kept in the journal.

    \b
    Example:
      interlock set site.yaml living_ac.hvacmode cooling
    """
    from interlock.cli.by_service import send_words
    from interlock.cli.names import checked_value, find_target
    from interlock.cli.output import say, start_logging
    from interlock.cli.receipts import print_receipt
    from interlock.errors import ConfigurationError
    from interlock.model import Outcome
    from interlock.service.by_hand.commanding import send_as_operator
    from interlock.service.control.protocol import SendWords
    from interlock.service.loading import journal_of, load_devices
    from interlock.service.logs.lines import Detail, show_repeats, use_timezone

    start_logging(Detail.ERRORS, verbose)
    show_repeats()
    try:
        loaded = load_devices(site)
    except ConfigurationError as error:
        send_words(site, SendWords(point=point, value=value), journal, error, is_json=json)
    use_timezone(loaded.timezone)
    target = find_target(loaded, point)
    checked = checked_value(target, value)
    path = journal_of(loaded, journal)
    receipt = finish(send_as_operator(loaded, target.point, checked, path))
    print_receipt(receipt, target.capability.unit, is_json=json)
    if receipt.outcome is Outcome.OUTRANKED and not json:
        say("  interlock override holds it at priority 8 for a time")
    raise typer.Exit(exit_code_of_outcome(receipt.outcome))
