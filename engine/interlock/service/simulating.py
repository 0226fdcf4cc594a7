"""A protocol server for one connection of a site, so that one can work without hardware."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from ssl import SSLContext

from interlock.capabilities import nearest
from interlock.config.site import Connection, Site
from interlock.driver import Simulator
from interlock.errors import InterlockError
from interlock.loopback_tls import LOOPBACK, issue_loopback_tls
from interlock.plugins import load_plugins
from interlock.service.loading import load_devices
from interlock.service.signals import StopSignals


class CannotSimulate(InterlockError):
    """The site has no connection that the simulator can serve, or the address is taken."""


def prepare_simulator(name: str, site_path: Path, connection_name: str | None) -> Simulator:
    """Return a simulator for the devices of one connection; it does not listen yet.

    Args:
        name: The simulator's.
        site_path: The site file or its directory.
        connection_name: Needed where the simulator could serve several connections.

    Raises:
        ConfigurationError: the site has errors.
        PluginError: there is no such simulator.
        CannotSimulate: it cannot serve a connection of this name, or none, or several.
    """
    registry = load_plugins()
    simulator = registry.simulator(name)
    site = load_devices(site_path, registry)
    connection = choose_connection(simulator, site, connection_name)
    targets = [each for each in site.targets.values() if each.device.connection == connection.name]
    server = simulator(connection.settings, targets)
    server.timezone = site.timezone
    return server


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
    simulator: Simulator, host: str, port: int, announce: Callable[[str], None], tls: SSLContext | None = None
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        simulator: What to serve.
        host: The address to listen on.
        port: The port; 0 takes any free one.
        announce: Is told the base URL once the simulator listens.
        tls: The certificate to serve https with; None serves plain http.

    Raises:
        CannotSimulate: it cannot listen there, or not so.
    """
    if simulator.needs_tls and tls is None:
        raise CannotSimulate(
            f"simulator {simulator.name}: the connection speaks https alone; "
            "give --tls FILE, and name that file as the connection's ca"
        )
    with StopSignals() as signals:
        try:
            announce(await simulator.start(host, port, tls))
        except OSError as error:
            raise CannotSimulate(f"cannot listen on {host} port {port}: {_reason(error)}") from error
        try:
            await signals.stop.wait()
        finally:
            await simulator.stop()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
