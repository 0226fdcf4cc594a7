"""The HTTP API as an ASGI application."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from interlock.clock import Clock
from interlock.service.api.document import document_routes
from interlock.service.api.limits import BodyLimit
from interlock.service.api.problems import add_problems
from interlock.service.api.refusals import Refusals
from interlock.service.requests import attempt
from interlock.service.tokens import Doorkeeper


def make_app(doorkeeper: Doorkeeper, routers: Sequence[APIRouter], clock: Clock) -> ASGIApp:
    """Return an application.

    Args:
        doorkeeper: Knows who bears a token.
        routers: What it serves. Those that need a token say so by `Reader` and `Operator`.
        clock: Measures how often refusals are told.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.doorkeeper = doorkeeper
    app.state.refusals = Refusals(clock)
    app.state.routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    add_problems(app)
    for router in (*routers, document_routes(routers)):
        app.include_router(router)
    app.add_middleware(BodyLimit)
    return _Wall(app)


class _Wall:
    """Lets a defect in a route end that request alone, and be in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The answer was given: Starlette raises what it answered 500.
        await attempt(lambda: self._app(scope, receive, send), "a request over HTTP failed")
