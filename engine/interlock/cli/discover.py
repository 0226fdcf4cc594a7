"""``interlock discover``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.arguments import JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlock.config.site import Connection, Site
    from interlock.driver import Found
    from interlock.history.values import Json


def discover(
    site: SiteArgument,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Its name in the site file.")],
    *,
    duration: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long to listen where devices only speak up.")
    ] = "1m",
    add: Annotated[bool, typer.Option("--add", help="Add what is new to the site file.")] = False,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """List the devices that can be found on a connection, and whether the site has them already.

    Ctrl-C ends the listening; what was found by then is listed and added all the same.

    \b
    Example:
      interlock discover site.yaml bus --for 10m --add
    """
    from interlock.cli.names import unknown
    from interlock.cli.output import start_logging
    from interlock.durations import parse_duration
    from interlock.service.loading import load_devices
    from interlock.service.logs.lines import Detail

    start_logging(Detail.ERRORS, verbose)
    try:
        longest = parse_duration(duration)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    loaded = load_devices(site)
    if connection not in loaded.connections:
        raise unknown("connection", connection, loaded.connections)
    found = _listen(loaded, connection, longest)
    _show(loaded, loaded.connections[connection], found, is_json=json)
    if add:
        _add(loaded, connection, found)


def _listen(site: Site, connection: str, longest: timedelta) -> Sequence[Found]:
    """Return what is found, also where Ctrl-C ends it."""
    from interlock.cli.output import complain, is_live
    from interlock.service.by_hand.surveying import discover as survey

    found: list[Found] = []

    async def listen() -> None:
        async for device in survey(site, connection, longest):
            found.append(device)

    if site.connections[connection].driver.pushes(site.connections[connection].settings) and is_live():
        complain(f"listening on {connection}; Ctrl-C ends it")
    try:
        finish(listen())
    except KeyboardInterrupt:
        complain("")
    return found


def _show(site: Site, connection: Connection, found: Sequence[Found], *, is_json: bool) -> None:
    from interlock.cli.output import columns, print_json, say
    from interlock.config.device_entries import new_devices

    new = {id(each) for each in new_devices(site, connection, found)}
    if is_json:
        print_json([_document(each, is_new=id(each) in new) for each in found])
        return
    rows = [
        (
            "new" if id(each) in new else "known",
            each.name,
            each.type,
            ", ".join(f"{key}: {value}" for key, value in each.settings.items()),
            each.description,
        )
        for each in found
    ]
    for line in columns(rows):
        say(line)
    if not found:
        say(f"nothing was found on {connection.name}")


def _document(found: Found, *, is_new: bool) -> Json:
    settings = {key: list(v) if isinstance(v, tuple) else v for key, v in found.settings.items()}
    return {
        "name": found.name,
        "type": found.type,
        "settings": settings,
        "description": found.description,
        "is_new": is_new,
    }


def _add(site: Site, connection: str, found: Sequence[Found]) -> None:
    from interlock.cli.output import complain, fail
    from interlock.config.append import append_devices, file_for
    from interlock.config.device_entries import new_devices

    path = file_for(site, connection)
    new = list(new_devices(site, site.connections[connection], found))
    try:
        names = append_devices(path, connection, new, [*site.device_marks, *site.groups])
    except OSError as error:
        fail(f"error: {path} cannot be written: {(error.strerror or str(error)).lower()}")
    complain(f"{path}: {len(names)} added, {len(found) - len(new)} known already")
