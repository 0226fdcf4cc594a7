"""Opens the HTTP API of a running service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.types import ASGIApp

from interlock.config.service_section import ServiceSettings
from interlock.service.api import commands, events, firings, health, hooks, metrics, points, rules, site
from interlock.service.api.app import make_app
from interlock.service.api.archive import Archive
from interlock.service.api.served import Served
from interlock.service.api.server import ApiServer
from interlock.service.tokens import Doorkeeper, TokenFile

log = logging.getLogger("interlock.service")


async def serve_api(served: Served, settings: ServiceSettings) -> None:
    """Serve until cancelled; where that cannot be, say so and leave control alone."""
    assert settings.listen
    # Hundreds of models are built for it, meanwhile devices are read.
    app = await asyncio.to_thread(api_of, served, settings)
    try:
        await ApiServer(app, settings.listen, settings.tls).serve()
    except OSError as error:
        # asyncio adds the address once more.
        why = (error.strerror or str(error)).lower().partition(" (while ")[0]
        log.error("there is no HTTP API at %s: %s", settings.listen, why)
        served.condition.api.close(why)


def api_of(served: Served, settings: ServiceSettings) -> ASGIApp:
    """Return the whole API of a running service."""
    return make_app(Doorkeeper(TokenFile(settings.tokens)), routers_of(served), served.clock)


def routers_of(served: Served) -> Sequence[APIRouter]:
    """Return everything that a service serves over HTTP."""
    archive = Archive(served.journal, served.onlookers.journal.commit)
    return [
        site.routes(served),
        points.routes(served),
        rules.routes(served),
        commands.routes(served, archive),
        firings.routes(served, archive),
        events.routes(served),
        hooks.routes(served),
        health.routes(served),
        metrics.routes(served),
    ]
