"""By whom rules were set off, and so the circles in which they drive each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from interlock.model import Origin, OriginKind, Point
from interlock.rules.rule import Decision
from interlock.rules.state import State
from interlock.rules.triggers import RAISED


class Circles:
    """Remembers which rule set each rule off the last time.

    Args:
        state: Says what changed last.
        origin_of: Says who commanded a point last.
    """

    def __init__(self, state: State, origin_of: Callable[[Point], Origin | None]) -> None:
        self._state = state
        self._origin_of = origin_of
        self._set_off_by: dict[str, str] = {}
        self._raised_by: dict[str, str] = {}
        """By the names of events."""

    def note_raised(self, event: str, rule: str) -> None:
        """Take in that a rule raises an event."""
        self._raised_by[event] = rule

    def note(self, decision: Decision) -> None:
        """Take in that a rule was set off."""
        by = self._by(decision)
        if by is None:
            self._set_off_by.pop(decision.rule.id, None)
        else:
            self._set_off_by[decision.rule.id] = by

    def around(self, rule: str) -> Sequence[str]:
        """Return the rules of the circle that a rule is in, or is driven by; each sets off the next one.

        The first is the last too. Nothing is returned where there is no circle.
        """
        chain = [rule]
        while (by := self._set_off_by.get(chain[-1])) is not None:
            if by in chain:
                circle = chain[chain.index(by) :]
                return (circle[0], *reversed(circle))
            chain.append(by)
        return ()

    def _by(self, decision: Decision) -> str | None:
        """Return the rule that raised the event, or wrote what changed last of what was looked at."""
        cause = decision.cause
        if cause.event is not None:
            return self._raised_by.get(cause.event.name) if cause.event.kind == RAISED else None
        points = (cause.point,) if cause.point is not None else tuple(each.point for each in decision.seen)
        if not points:
            return None
        changed = [(at, point) for point in points if (at := self._state.changed_at(point)) is not None]
        latest = max((at for at, _ in changed), default=None)
        writers = {who for at, point in changed if at == latest and (who := self._writer(point))}
        # What a rule wrote itself in this very instant did not set it off, where another one wrote too.
        return min(writers - {decision.rule.id} or writers, default=None)

    def _writer(self, point: Point) -> str | None:
        origin = self._origin_of(point)
        return origin.name if origin is not None and origin.kind is OriginKind.RULE else None
