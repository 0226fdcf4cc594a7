"""Who showed tokens that are none: told in the log, and not so often that it fills."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from interlock.clock import Clock

log = logging.getLogger("interlock.service")

_PAUSE = timedelta(minutes=10)
_MOST_CLIENTS = 256
"""Clients that are remembered; the one that was told of longest ago is forgotten first."""


@dataclass(slots=True)
class _Client:
    told_at: timedelta
    since: int = 0
    """How many it showed since then."""


class Refusals:
    """Tells of each client at once, and then at most every ten minutes, how often it was refused.

    Args:
        clock: Measures the pauses.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._clients: OrderedDict[str, _Client] = OrderedDict()

    def note(self, client: str) -> None:
        """Take in that a client showed a token that is none."""
        now = self._clock.monotonic()
        known = self._clients.get(client)
        if known is None or now - known.told_at >= _PAUSE:
            self._tell(client, known.since + 1 if known else 1)
            self._clients[client] = _Client(now)
            self._clients.move_to_end(client)
        else:
            known.since += 1
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)

    def _tell(self, client: str, count: int) -> None:
        times = "a token" if count == 1 else f"{count} tokens"
        log.warning("%s showed %s at the HTTP API that nobody made; further ones are counted", client, times)
