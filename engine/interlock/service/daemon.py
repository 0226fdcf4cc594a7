"""The service: one site, its journal, and an end when it is asked for."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import interlock
from interlock.clock import Clock, WallClock
from interlock.config.journal_place import JournalPlace, absolute
from interlock.history.journal import Journal
from interlock.runtime.connections.watchdog import Watchdog
from interlock.runtime.engine import Engine
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.control.place import socket_of
from interlock.service.heartbeat import begin_heartbeat
from interlock.service.host import garbage
from interlock.service.host.signals import StopSignals
from interlock.service.host.site_lock import locked_site
from interlock.service.host.systemd import ServiceManager
from interlock.service.late_journal import LateJournal
from interlock.service.loading import Loaded, describe
from interlock.service.onlookers.onlookers import Onlookers
from interlock.service.outer_world import OuterWorld
from interlock.service.reloading.reloader import Reloader
from interlock.service.requests import keep_open

if TYPE_CHECKING:
    from interlock.service.desk import ControlDesk

log = logging.getLogger("interlock.service")


async def run_service(loaded: Loaded, journal_path: JournalPlace, *, dry_run: bool = False) -> None:
    """Run a site until SIGINT or SIGTERM; a second signal does not wait for what is half done.

    SIGHUP and edits of the site's files reload it. Where systemd started it, that is told when it works
    and when it ends.

    Raises:
        SiteInUse: another service runs it, and this is no dry run.
        JournalError: the journal cannot be used.
        EndedAtOnce: there was a second signal; the journal is closed all the same.
    """
    clock = WallClock()
    journal = LateJournal(journal_path, clock, loaded.site.journal)
    systemd = ServiceManager()
    # A dry run commands nothing: it may go on beside the service.
    with StopSignals() as signals, nullcontext() if dry_run else locked_site(loaded.site.path):
        signals.on_stop(systemd.tell_stopping)
        try:
            log.info("%s", describe_start(loaded, journal_path, dry_run=dry_run))
            outside = OuterWorld(lambda: engine.site.notifiers, clock=clock, dice=random.Random())
            onlookers = Onlookers(journal, clock, lambda: engine)
            is_served = loaded.site.service.listen is not None
            seen = onlookers.journal if is_served else journal
            engine = _engine(loaded, seen, clock, outside, dry_run=dry_run)
            _begin_beats(engine, journal, systemd)
            condition = _condition(loaded, journal_path, journal)
            reloader = Reloader(engine, loaded, journal_path, condition, clock)
            signals.on_reload(reloader.ask)
            if is_served:
                onlookers.begin()
                signals.on_stop(onlookers.close)
            with Watchdog(lambda: engine.site.connections, clock=clock):
                doors = _open_doors(
                    engine, reloader, onlookers, clock=clock, condition=condition, systemd=systemd
                )
                work = _to_the_last_message(engine.run(signals.stop, journal.open), outside)
                await signals.finish(_beside(doors, work), engine.has_begun)
        finally:
            await signals.close(journal.close())
            log.info("interlock has ended")


def _engine(loaded: Loaded, journal: Journal, clock: Clock, outside: OuterWorld, *, dry_run: bool) -> Engine:
    return Engine(
        loaded.site,
        loaded.rules,
        interlocks=loaded.interlocks,
        clock=clock,
        journal=journal,
        dry_run=dry_run,
        version=interlock.__version__,
        outside=outside,
        is_staggered=True,
    )


def _begin_beats(engine: Engine, journal: LateJournal, systemd: ServiceManager) -> None:
    """Let the control loop itself give the signs of life that others wait for."""
    if systemd.beat_every:
        engine.beat(systemd.beat_every, systemd.beat)
    if engine.site.journal.heartbeat:
        begin_heartbeat(engine, journal, engine.site.journal.heartbeat)


def _condition(loaded: Loaded, place: JournalPlace, journal: LateJournal) -> Condition:
    listen = loaded.site.service.listen
    api = ApiDoor(listen=str(listen) if listen else "")
    return Condition(place=absolute(place), journal=lambda: journal.health, api=api)


async def _to_the_last_message(work: Coroutine[object, object, None], outside: OuterWorld) -> None:
    await work
    await outside.close()


async def _beside(doors: Coroutine[object, object, None], work: Coroutine[object, object, None]) -> None:
    """Do work, with doors open as long as it goes on."""
    opened = asyncio.create_task(keep_open("edits and requests", lambda: doors), name="doors")
    try:
        await work
    finally:
        opened.cancel()
        await asyncio.gather(opened, return_exceptions=True)
        doors.close()


async def _open_doors(
    engine: Engine,
    reloader: Reloader,
    onlookers: Onlookers,
    *,
    clock: Clock,
    condition: Condition,
    systemd: ServiceManager,
) -> None:
    """Take edits and requests, once the journal's lock says that this is the only service."""
    await engine.has_begun.wait()
    systemd.tell_ready(f"runs {engine.site.name}")
    garbage.take_for_lasting()
    # Imported when the first polls are on their way: nobody can ask before.
    from interlock.service.desk import ControlDesk

    desk = ControlDesk(engine, reloader, clock, condition)
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_open("reloads", reloader.serve), name="reloads")
        group.create_task(
            keep_open("the control socket", partial(_control, desk, condition.place)), name="control"
        )
        if engine.site.service.listen:
            http = partial(_http, engine, desk, clock, condition, onlookers)
            group.create_task(keep_open("the HTTP API", http), name="http")


async def _control(desk: ControlDesk, journal_path: JournalPlace) -> None:
    from interlock.service.control.server import ControlServer

    path = socket_of(journal_path)
    try:
        await ControlServer(path, desk.answer).serve()
    except OSError as error:
        log.error("there is no control socket at %s: %s", path, (error.strerror or str(error)).lower())


async def _http(
    engine: Engine, desk: ControlDesk, clock: Clock, condition: Condition, onlookers: Onlookers
) -> None:
    try:
        # Half a second, in which devices are read.
        served = await asyncio.to_thread(import_module, "interlock.service.api.served")
        door = await asyncio.to_thread(import_module, "interlock.service.api.door")
        found = served.Served(
            engine=engine,
            desk=desk.answer,
            clock=clock,
            journal=condition.place,
            onlookers=onlookers,
            condition=condition,
        )
        await door.serve_api(found, engine.site.service)
    except ModuleNotFoundError as error:
        why = f"for want of {error.name}: pip install 'interlock[api]'"
        log.error("there is no HTTP API, %s", why)
        condition.api.close(why)
    finally:
        condition.api.close("an error closed it, which is in the log")


def describe_start(loaded: Loaded, journal_path: JournalPlace, *, dry_run: bool) -> str:
    """Return the line that a service starts its log with."""
    parts = [describe(loaded), f"journal {journal_path}", *(["dry run: nothing is sent"] if dry_run else [])]
    return f"interlock {interlock.__version__} runs {loaded.site.name}: {', '.join(parts)}"
