"""``interlock reload``."""

from __future__ import annotations

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument
from interlock.cli.awaiting import finish


def reload(site: SiteArgument, journal: JournalOption = None, json: JsonOption = False) -> None:
    """Let the running service take over what was edited. Where the files have errors, nothing changes.

    \b
    Example:
      interlock reload site.yaml
    """
    from interlock.cli.output import print_json, say
    from interlock.service.control.client import ask
    from interlock.service.control.protocol import Changed, ReloadSite
    from interlock.service.loading import door_of

    changed = finish(ask(door_of(site, journal), ReloadSite(), Changed))
    if json:
        print_json({"changes": list(changed.changes)})
        return
    for line in changed.changes or ("nothing is other than what runs: edits are taken over by themselves",):
        say(line)
