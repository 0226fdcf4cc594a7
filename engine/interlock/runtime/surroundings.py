"""What expressions may ask besides the points: the site's place and calendar, origins, rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from interlock.config.site import Site
from interlock.expressions.view import ORIGINS, RuleFacts
from interlock.model import Command, Origin, OriginKind, Point, Value
from interlock.public_holidays import HolidayCalendar
from interlock.rules.state import State
from interlock.sun import Place

_RULE, _OPERATOR, _DEVICE = ORIGINS
_WORDS = {
    OriginKind.RULE: _RULE,
    OriginKind.OPERATOR: _OPERATOR,
    OriginKind.HAND: _DEVICE,
    OriginKind.INTERLOCK: _RULE,
    OriginKind.DEFAULT: _RULE,
}


@dataclass(frozen=True, slots=True)
class _Commanded:
    """The last command for a point, and who had changed it before."""

    origin: Origin
    value: Value | None
    at: datetime
    before: str | None


class Surroundings:
    """A site at work, as far as expressions may ask about it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._commanded: dict[Point, _Commanded] = {}
        self._state: State | None = None
        self._facts: Callable[[str], RuleFacts | None] = lambda rule: None
        self._made_of: Callable[[Point, Value], Value | None] = lambda point, value: None

    def attach(
        self,
        state: State,
        facts: Callable[[str], RuleFacts | None],
        made_of: Callable[[Point, Value], Value | None],
    ) -> None:
        """Look at this state, and ask there how a rule stands: both look at the surroundings themselves.

        `made_of` tells what a device made of a value that it was asked for.
        """
        self._state, self._facts, self._made_of = state, facts, made_of

    @property
    def location(self) -> Place | None:
        """Where the site stands."""
        return self._site.location

    @property
    def holidays(self) -> HolidayCalendar | None:
        """Whose public holidays count."""
        return self._site.holidays

    def change_site(self, site: Site) -> None:
        """Go on with an edited site."""
        self._site = site

    def rule(self, rule: str) -> RuleFacts | None:
        """Return how a rule stands; None where there is none."""
        return self._facts(rule)

    def note(self, command: Command) -> None:
        """Take in that a point is commanded."""
        before = self.origin(command.point)
        self._commanded[command.point] = _Commanded(command.origin, command.value, command.created_at, before)

    def origin(self, point: Point) -> str | None:
        """Return who changed a point last; None where it was never commanded and has not changed.

        A value that is what was commanded last, or what the device made of it, and became so since then, is
        taken for ours; so is one that was found at a start.
        """
        state = self._state
        if state is None:
            return None
        changed_at, last = state.changed_at(point), self._commanded.get(point)
        if last is not None and changed_at is not None and changed_at >= last.at:
            return _WORDS[last.origin.kind] if self._is_ours(point, state, last.value) else _DEVICE
        if last is not None:
            return last.before
        return None if state.previous(point) is None else _DEVICE

    def _is_ours(self, point: Point, state: State, commanded: Value | None) -> bool:
        value = state.values.get(point)
        return value == commanded or (commanded is not None and value == self._made_of(point, commanded))
