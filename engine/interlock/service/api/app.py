"""The HTTP API as an ASGI application."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

import interlock
from interlock.service.api.problems import add_problems
from interlock.service.tokens import Doorkeeper


def make_app(doorkeeper: Doorkeeper, routers: Sequence[APIRouter]) -> FastAPI:
    """Return an application.

    Args:
        doorkeeper: Knows who bears a token.
        routers: What it serves. Those that need a token say so by `Reader` and `Operator`.
    """
    app = FastAPI(
        title="Interlock",
        summary="One building's rules: what they see, what they did and why; and commands by hand.",
        version=interlock.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.doorkeeper = doorkeeper
    add_problems(app)
    for router in routers:
        app.include_router(router)
    return app
