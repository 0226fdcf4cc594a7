"""A building behind the twins of a house in virtual time."""

from __future__ import annotations

import asyncio

from interlock.errors import InterlockError
from interlock.simulation.coupling.coupling import LOOK_S, Coupling
from interlock.simulation.coupling.life import enliven, installed_simulators
from interlock.simulation.coupling.plan import Plan
from interlock.simulation.coupling.starting import beginning_with
from interlock.simulation.house import House
from interlock.simulation.plant.figures import Figures
from interlock.simulation.plant.outdoors import Weather


class HouseCoupling(Coupling):
    """A building that lives on the clock of a house, until it is closed."""

    _timer: asyncio.TimerHandle | None = None
    _failure: InterlockError | None = None

    def live(self, house: House) -> None:
        """Let it live from now on: it looks after itself each minute, and before each command."""
        self._equipment = house.equipment
        house.equipment.watch(lambda write: self.disturb())
        house.equipment.attend(lambda point: self.disturb())
        self._schedule()

    def figures(self) -> Figures:
        """Return comfort and energy from the beginning until now.

        Raises:
            WeatherError: the building stood still, because the weather did not know an instant.
        """
        if self._failure:
            raise self._failure
        return super().figures()

    def close(self) -> None:
        """Let everything stay as it is from now on."""
        if self._timer:
            self._timer.cancel()

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        # In the middle between full minutes, when polls and rules are due: their order would be chance.
        due_s = (loop.time() // LOOK_S + 1.5) * LOOK_S
        self._timer = loop.call_at(due_s, self._tick)

    def _tick(self) -> None:
        self._schedule()
        try:
            self.refresh()
        except InterlockError as error:
            # Nobody waits for a timer: whoever asks for the figures hears of it.
            self._failure = error
            self.close()
        self._equipment.tell_news()


def couple(house: House, plan: Plan, *, weather: Weather | None = None, seed: int = 0) -> HouseCoupling:
    """Put a building behind a house's devices: call it before the house is switched on.

    Every point of the site's connections holds something plausible then. Devices that have a life of their
    own, such as thermostats with schedules and blinds that move, are those of their drivers' simulators. A
    zone whose sensor holds a temperature already begins with that.

    Args:
        house: Not switched on yet, on the running loop.
        plan: What stands behind which point: `plan_of`.
        weather: In place of the plan's, such as a file that was given on the command line.
        seed: Of everything that is random in the building.

    Raises:
        WeatherError: the weather's file cannot be used, or does not know the house's first instant.
    """
    plan = beginning_with(plan, house.site, house.equipment)
    enliven(house.equipment, house.site, house.clock, installed_simulators())
    coupling = HouseCoupling(
        plan,
        house.site,
        house.equipment,
        house.clock.now,
        weather=weather,
        seed=seed,
        changes_unnoticed=house.equipment.is_alive,
    )
    coupling.live(house)
    return coupling
