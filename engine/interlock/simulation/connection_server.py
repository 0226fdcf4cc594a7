"""A protocol server for one connection of a site, so that one can work without hardware."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext

from interlock.capabilities import nearest
from interlock.clock import Clock, HastyClock, WallClock
from interlock.config.site import Connection, Site
from interlock.driver import Simulator
from interlock.errors import InterlockError
from interlock.loopback_tls import LOOPBACK, issue_loopback_tls
from interlock.plugins import load_plugins
from interlock.service.host.signals import StopSignals
from interlock.service.loading import load, load_devices

_TICK_S = 1.0
"""How often the building behind a server looks at what devices were told."""


class CannotSimulate(InterlockError):
    """The site has no connection that the simulator can serve, or the address is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A simulator that does not listen yet, and whose devices it has."""

    simulator: Simulator
    site: Site
    connection: str
    clock: Clock
    """What its devices live by."""
    has_plant: bool
    """Whether the site's building is behind its devices."""


def prepare_simulator(
    name: str, site_path: Path, connection_name: str | None, *, speed: float = 1.0, plant: bool = False
) -> Prepared:
    """Return a simulator for the devices of one connection; it does not listen yet.

    Args:
        name: The simulator's.
        site_path: The site file or its directory.
        connection_name: Needed where the simulator could serve several connections.
        speed: How many times faster than the wall clock its devices live.
        plant: Whether the site's building shall be behind the devices.

    Raises:
        ConfigurationError: the site has errors.
        PluginError: there is no such simulator.
        CannotSimulate: it cannot serve a connection of this name, or none, or several.
    """
    registry = load_plugins()
    simulator = registry.simulator(name)
    site = load(site_path, registry).site if plant else load_devices(site_path, registry)
    connection = choose_connection(simulator, site, connection_name)
    targets = [each for each in site.targets.values() if each.device.connection == connection.name]
    server = simulator(connection.settings, targets)
    server.timezone = site.timezone
    clock = WallClock() if speed == 1 else HastyClock(WallClock(), speed)
    server.clock = clock
    return Prepared(simulator=server, site=site, connection=connection.name, clock=clock, has_plant=plant)


def choose_connection(simulator: type[Simulator], site: Site, name: str | None) -> Connection:
    """Return the connection that a simulator is to serve.

    Raises:
        CannotSimulate: none of this name, or without a name none or several.
    """
    fitting = {
        each.name: each
        for each in site.connections.values()
        if each.driver.name in simulator.drivers and simulator.can_serve(each.settings)
    }
    if name is None and len(fitting) == 1:
        return next(iter(fitting.values()))
    if name is not None and name in fitting:
        return fitting[name]
    raise CannotSimulate(_complaint(simulator, list(fitting), name))


def _complaint(simulator: type[Simulator], fitting: Sequence[str], name: str | None) -> str:
    known = " or ".join(fitting)
    if not fitting:
        drivers = " or ".join(simulator.drivers)
        return f"simulator {simulator.name} serves connections of {drivers}, and the site has none"
    if name is None:
        return f"simulator {simulator.name} can serve several connections: choose {known} by --connection"
    meant = nearest(name, fitting)
    hint = f"did you mean '{meant}'?" if meant else f"it can serve {known}"
    return f"simulator {simulator.name} cannot serve a connection '{name}'; {hint}"


def new_tls(host: str, ca_file: Path) -> SSLContext:
    """Return a fresh certificate for a simulator, and write what clients must trust to a file.

    It is made before the site is loaded, because a connection may name that file.

    Raises:
        CannotSimulate: the file cannot be written.
    """
    try:
        return issue_loopback_tls(ca_file, {*LOOPBACK, host})
    except OSError as error:
        raise CannotSimulate(f"cannot write {ca_file}: {_reason(error)}") from error


async def serve(
    prepared: Prepared, host: str, port: int, announce: Callable[[str], None], tls: SSLContext | None = None
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        prepared: What to serve.
        host: The address to listen on.
        port: The port; 0 takes any free one.
        announce: Is told the base URL once the simulator listens.
        tls: The certificate to serve https with; None serves plain http.

    Raises:
        CannotSimulate: it cannot listen there, or not so.
        WeatherError: the weather of the site's building does not know what time it is.
    """
    simulator = prepared.simulator
    if simulator.needs_tls and tls is None:
        raise CannotSimulate(
            f"simulator {simulator.name}: the connection speaks https alone; "
            "give --tls FILE, and name that file as the connection's ca"
        )
    with StopSignals() as signals:
        try:
            url = await simulator.start(host, port, tls)
        except OSError as error:
            raise CannotSimulate(f"cannot listen on {host} port {port}: {_reason(error)}") from error
        try:
            await _serve(prepared, signals, lambda: announce(url))
        finally:
            await simulator.stop()


async def _serve(prepared: Prepared, signals: StopSignals, announce: Callable[[], None]) -> None:
    if not prepared.has_plant:
        announce()
        await signals.stop.wait()
        return
    # Imported here, because a plain server needs no building.
    from interlock.simulation.coupling import couple_server, keep_alive

    coupling = couple_server(prepared.simulator, prepared.site, prepared.connection, prepared.clock)
    announce()
    living = asyncio.create_task(keep_alive(coupling, _TICK_S), name="building")
    ending = asyncio.create_task(signals.stop.wait(), name="stop")
    try:
        await asyncio.wait({living, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ending.cancel()
    if living.done():
        living.result()
    living.cancel()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
