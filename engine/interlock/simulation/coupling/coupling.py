"""Acts between a building and the points of a site, in virtual time or by the wall clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from interlock.simulation.coupling.plan import Plan
from interlock.simulation.equipment import Held
from interlock.simulation.house import House
from interlock.simulation.plant.figures import Figures
from interlock.simulation.plant.outdoors import Weather


class Coupling:
    """A building at work behind what devices hold.

    Args:
        plan: What stands behind which point.
        held: What the devices hold.
        now: Tells the instant, aware.
        weather: In place of the plan's.
        seed: Of everything that is random in the building.
    """

    def __init__(
        self,
        plan: Plan,
        held: Held,
        now: Callable[[], datetime],
        *,
        weather: Weather | None = None,
        seed: int = 0,
    ) -> None:
        self.plan = plan
        self._held = held
        self._now = now
        self._start = now()

    def refresh(self) -> None:
        """Bring the building up to now, and what its sensors show."""

    def close(self) -> None:
        """Let everything stay as it is from now on."""

    def figures(self) -> Figures:
        """Return comfort and energy from the beginning until now."""
        return Figures(since=self._start, until=self._now(), zones={}, units={})


def couple(house: House, plan: Plan, *, weather: Weather | None = None, seed: int = 0) -> Coupling:
    """Put a building behind a house's devices: call it before the house is switched on.

    Every point of the site's connections holds a plausible value then. The building lives on the house's
    clock until `Coupling.close`.

    Args:
        house: Not switched on yet.
        plan: What stands behind which point: `plan_of`.
        weather: In place of the plan's, such as a file that was given on the command line.
        seed: Of everything that is random in the building.
    """
    return Coupling(plan, house.equipment, house.clock.now, weather=weather, seed=seed)
