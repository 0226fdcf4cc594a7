"""Devices with a life of their own in virtual time: those of protocol servers, without the wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interlock.clock import Clock
from interlock.config.site import Site
from interlock.driver import Simulator, Target
from interlock.plugins import load_plugins
from interlock.simulation.equipment import Equipment


def installed_simulators() -> Sequence[type[Simulator]]:
    """Return every simulator that a plugin brings."""
    return [each.simulator for each in load_plugins(kinds=("simulator",)).simulators.values()]


def enliven(equipment: Equipment, site: Site, clock: Clock, simulators: Iterable[type[Simulator]]) -> None:
    """Let devices that act by themselves do so behind a site's twins; the others hold what they are told.

    They begin as they do behind a server that just started.

    Args:
        equipment: What the twins read and write.
        site: Has the devices.
        clock: What they live by.
        simulators: Those that may stand behind the site's connections.
    """
    by_driver = {name: simulator for simulator in simulators for name in simulator.drivers}
    for connection in site.connections.values():
        simulator = by_driver.get(connection.driver.name)
        targets = [each for each in site.targets.values() if each.device.connection == connection.name]
        if simulator and any(simulator.acts(each) for each in targets):
            devices = simulator(connection.settings, targets)
            devices.timezone, devices.clock = site.timezone, clock
            for target in targets:
                _begin(equipment, target, devices)


def _begin(equipment: Equipment, target: Target, devices: Simulator) -> None:
    value = devices.value(target.point)
    if devices.acts(target):
        equipment.enliven(target.point, devices)
    elif value is not None and equipment.value(target.point) is None:
        equipment.set_value(target.point, value)
