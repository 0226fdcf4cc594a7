"""How many requests reads cost, as drivers say."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from interlock.config.site import Connection
from interlock.driver import Target
from interlock.strangers import StrangersFault, ask

log = logging.getLogger("interlock.connection")


def requests_for(connection: Connection, targets: Sequence[Target]) -> int:
    """Return how many requests a read of targets of one connection costs; one for each where nobody knows."""
    try:
        count = ask(lambda: connection.driver.requests_for(targets, connection.settings))
    except StrangersFault as fault:
        log.debug("connection %s: its driver cannot plan: %s", connection.name, fault)
        return len(targets)
    return count if isinstance(count, int) and count >= 0 else len(targets)
