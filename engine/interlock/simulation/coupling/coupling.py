"""Acts between a building and the points of a site, in virtual time or by the wall clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from interlock.config.site import Site
from interlock.model import Point
from interlock.simulation.coupling.construction import construct, deciding_in, weather_of
from interlock.simulation.coupling.plan import Plan
from interlock.simulation.coupling.starting import furnish
from interlock.simulation.coupling.wires import Contacts, Wire
from interlock.simulation.equipment import Held
from interlock.simulation.plant.building import Building
from interlock.simulation.plant.figures import Figures
from interlock.simulation.plant.outdoors import Weather

LOOK_S = 60.0
"""How often sensors may show something new."""
_SETTLES_S = 120.0
"""So long after a change devices are still at it, such as a blind that moves."""
_LONGEST_S = 300.0
"""How often it is noticed what devices do without being told, such as by a schedule."""


class Coupling:
    """A building at work behind what devices hold.

    Whoever lets it live calls `refresh` now and then; in virtual time that is done by `couple`.

    Args:
        plan: What stands behind which point.
        site: Has the points.
        held: What the devices hold.
        now: Tells the instant, aware; it must not go back.
        weather: In place of the plan's.
        seed: Of everything that is random in the building.
        changes_unnoticed: Whether a point may change without a call of `disturb`.

    Raises:
        WeatherError: the weather's file cannot be used, or does not know this instant.
    """

    def __init__(
        self,
        plan: Plan,
        site: Site,
        held: Held,
        now: Callable[[], datetime],
        *,
        weather: Weather | None = None,
        seed: int = 0,
        changes_unnoticed: Callable[[Point], bool] = lambda point: True,
    ) -> None:
        self.plan = plan
        self._held = held
        self._now = now
        begins = now()
        # Asked first: a device that says what it runs decides by itself, another one is given a word to show.
        deciding = deciding_in(plan, held)
        furnish(plan, site, held, begins)
        sky = weather or weather_of(plan, site, seed)
        self._works = construct(plan, site, held, begins, weather=sky, deciding=deciding, seed=seed)
        self._is_acting = self._has_news = False
        self._listeners: list[Wire | Contacts] = [*self._works.contacts, *self._works.wires]
        self._unnoticed = [each for each in self._listeners if any(map(changes_unnoticed, each.points))]
        self._listens_until_s = self._listens_next_s = self._shows_contacts_s = begins.timestamp()
        self.refresh()

    @property
    def building(self) -> Building:
        """The building, at the instant of the last `refresh`."""
        return self._works.building

    def refresh(self) -> None:
        """Bring the building up to now, and what its sensors show.

        Raises:
            WeatherError: the weather does not know this instant.
        """
        self._act(self._now())

    def attend(self) -> None:
        """Do as `refresh`, and look at once whether devices were told anything since.

        Raises:
            WeatherError: the weather does not know this instant.
        """
        self._listens_until_s = math.inf
        self.refresh()

    def disturb(self) -> None:
        """Learn that somebody else is about to change a point: until now all was as it was."""
        if not self._is_acting:
            self.refresh()
            self._has_news = True
            self._listens_until_s = self._now().timestamp() + _SETTLES_S

    def figures(self) -> Figures:
        """Return comfort and energy from the beginning until now."""
        self.refresh()
        return self.building.figures()

    def _act(self, now: datetime) -> None:
        self._is_acting = True
        now_s = now.timestamp()
        try:
            self._listen(now_s)
            self.building.advance(now)
            self._show(now_s)
        finally:
            self._is_acting = False

    def _listen(self, now_s: float) -> None:
        if self._has_news or now_s <= self._listens_until_s:
            self._has_news = False
            listeners = self._listeners
        elif now_s >= self._listens_next_s:
            self._listens_next_s = now_s + _LONGEST_S
            listeners = self._unnoticed
        else:
            return
        for listener in listeners:
            listener.take(self._held)

    def _show(self, now_s: float) -> None:
        if now_s >= self._shows_contacts_s:
            self._shows_contacts_s = now_s + _LONGEST_S
            for contacts in self._works.contacts:
                contacts.show(self._held)
        for gauge in self._works.gauges:
            if gauge.due_s <= now_s and gauge.show(self._held, now_s):
                for wire in gauge.wakes:
                    wire.take(self._held)
