"""``interlock notify``."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.arguments import SiteArgument, VerboseOption
from interlock.cli.awaiting import finish


def notify(
    site: SiteArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A notifier of the site.")],
    message: Annotated[str, typer.Argument(metavar="TEXT", help="What to say.")],
    *,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What it is about.")] = "",
    verbose: VerboseOption = 0,
) -> None:
    """Send a message by one of the site's notifiers, once, to see whether it arrives.

    \b
    Example:
      interlock notify site.yaml mail "It is 31 degrees in the server room."
    """
    from interlock.cli.output import say, start_logging
    from interlock.service.loading import load_devices
    from interlock.service.logs.lines import Detail
    from interlock.service.notifying import Letter, attempt_once

    start_logging(Detail.ERRORS, verbose)
    notifiers = load_devices(site).notifiers
    if name not in notifiers:
        known = ", ".join(notifiers) or "none"
        raise typer.BadParameter(f"there is no notifier '{name}': the site has {known}")
    if error := finish(attempt_once(notifiers[name], Letter(message, title))):
        raise error
    say("sent")
