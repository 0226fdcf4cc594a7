"""How many requests reads cost, as drivers say."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from interlock.config.site import Connection
from interlock.driver import Target
from interlock.strangers import described, ends_us

log = logging.getLogger("interlock.connection")


def requests_for(connection: Connection, targets: Sequence[Target]) -> int:
    """Return how many requests a read of targets of one connection costs; one for each where nobody knows.

    The broad ``except`` is deliberate: a driver that cannot say it is still read.
    """
    try:
        count = connection.driver.requests_for(targets, connection.settings)
    except BaseException as error:
        if ends_us(error):
            raise
        log.debug("connection %s: its driver cannot plan: %s", connection.name, described(error))
        return len(targets)
    return count if isinstance(count, int) and count >= 0 else len(targets)
