"""What is done when the world itself makes true what an interlock says must never be."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from interlock.clock import Clock
from interlock.history.journal import Journal
from interlock.history.records import InterlockTurn
from interlock.model import Event, Origin, OriginKind
from interlock.rules.claims import INTERLOCK_PRIORITY, Claim
from interlock.rules.interlocks import Interlock
from interlock.rules.reasons import seen
from interlock.rules.state import State
from interlock.rules.triggers import RAISED
from interlock.runtime.commands.interlocks import Interlocks
from interlock.runtime.commands.register import Register

log = logging.getLogger("interlock.claims")


class Defence:
    """Keeps what interlocks want instead, as long as the world breaks them, and says so.

    Args:
        interlocks: Know what is broken.
        claims: Where `instead` is claimed.
        state: What is known.
        clock: Wall or virtual time.
        journal: Takes when each was broken and mended.
        happen: Takes the event that one was broken.
    """

    def __init__(
        self,
        interlocks: Interlocks,
        claims: Register,
        *,
        state: State,
        clock: Clock,
        journal: Journal,
        happen: Callable[[Event], None],
    ) -> None:
        self._interlocks = interlocks
        self._claims = claims
        self._state = state
        self._clock = clock
        self._journal = journal
        self._happen = happen

    def look(self, interlocks: Iterable[Interlock]) -> None:
        """Look whether the world has broken or mended some of them."""
        for interlock in interlocks:
            turn = self._interlocks.turn(interlock)
            if turn:
                self._defend(interlock)
            elif turn is False:
                self._note(interlock, is_broken=False)
                for claim in self._claims.held_by(_owner(interlock)):
                    self._claims.let_go(claim, "its interlock holds again")

    def _defend(self, interlock: Interlock) -> None:
        self._note(interlock, is_broken=True)
        self._happen(Event(kind=RAISED, name=f"interlock.{interlock.id}", data={"interlock": interlock.id}))
        owner, now = _owner(interlock), self._clock.now()
        for point, value in interlock.instead.items():
            self._claims.claim(
                Claim(point=point, value=value, priority=INTERLOCK_PRIORITY, owner=owner, since=now)
            )

    def _note(self, interlock: Interlock, *, is_broken: bool) -> None:
        values = ", ".join(map(str, seen(interlock.never.points, self._state)))
        reason = f"{interlock.never.text} is {'true' if is_broken else 'over'} ({values})"
        log.log(logging.WARNING if is_broken else logging.INFO, "interlock %s: %s", interlock.id, reason)
        self._journal.record(InterlockTurn(interlock.id, self._clock.now(), is_broken, reason))


def _owner(interlock: Interlock) -> Origin:
    return Origin(OriginKind.INTERLOCK, interlock.id)
