"""Opens the HTTP API of a running service."""

from __future__ import annotations

import asyncio
import logging

from fastapi import FastAPI

from interlock.config.service_section import ServiceSettings
from interlock.service.api import events, health
from interlock.service.api.app import make_app
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
        why = (error.strerror or str(error)).lower()
        log.error("there is no HTTP API at %s: %s", settings.listen, why)


def api_of(served: Served, settings: ServiceSettings) -> FastAPI:
    """Return the whole API of a running service."""
    routers = [health.routes(served), events.routes(served)]
    return make_app(Doorkeeper(TokenFile(settings.tokens)), routers)
