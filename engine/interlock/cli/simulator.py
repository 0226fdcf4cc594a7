"""``interlock simulator``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import VerboseOption, whole_number
from interlock.cli.awaiting import finish

if TYPE_CHECKING:
    from interlock.driver import Simulator


def simulator(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which protocol to speak, such as thinknx.")],
    site: Annotated[
        Path,
        typer.Option("--site", metavar="SITE", help="A site file or its directory; its devices are served."),
    ],
    *,
    connection: Annotated[
        str | None, typer.Option("--connection", metavar="NAME", help="Which connection, where several fit.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            parser=whole_number(0, 65535),
            metavar="PORT",
            help="The port; the protocol's own if not given.",
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault", metavar="FAULT", help="A fault to begin with, such as latency:2s; repeatable."
        ),
    ] = None,
    tls: Annotated[
        Path | None,
        typer.Option(
            "--tls",
            metavar="FILE",
            help="Serve https, and write the certificate authority that clients must trust to FILE.",
        ),
    ] = None,
    plant: Annotated[
        bool,
        typer.Option("--plant", help="Let the site's building live behind the devices, as its plant says."),
    ] = False,
    speed: Annotated[
        float,
        typer.Option(
            "--speed",
            min=0.1,
            max=10_000,
            metavar="TIMES",
            help="How much faster than ours their time passes.",
        ),
    ] = 1.0,
    verbose: VerboseOption = 0,
) -> None:
    """Serve a site's devices for real. The server speaks the vendor's protocol, until Ctrl-C.

    \b
    Example:
      interlock simulator thinknx --site site.yaml --fault latency:2s
      interlock simulator thinknx --site site.yaml --plant --speed 60
    """
    from interlock.cli.failures import describe
    from interlock.cli.output import say, start_logging
    from interlock.errors import PluginError
    from interlock.service.logs.lines import Detail
    from interlock.simulation.connection_server import new_tls, prepare_simulator, serve

    start_logging(Detail.ERRORS, verbose)
    certificate = new_tls(host, tls) if tls else None
    try:
        prepared = prepare_simulator(name, site, connection, speed=speed, plant=plant)
    except PluginError as error:
        raise typer.BadParameter(describe(error), param_hint="NAME") from error
    server = prepared.simulator
    for text in fault or ():
        _add_fault(server, text)

    def announce(url: str) -> None:
        say(f"{server.description}: {url} (Ctrl-C ends)")
        if tls:
            say(f"clients must trust it: write ca: {tls.resolve()} into the connection")

    finish(serve(prepared, host, server.default_port if port is None else port, announce, certificate))


def _add_fault(server: Simulator, text: str) -> None:
    try:
        server.add_fault(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from error
