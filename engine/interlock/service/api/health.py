"""Whether the service lives and is ready: for those who watch over it, without a token.

They learn how many connections are not known yet, and nothing else: no names, no versions.
"""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from pydantic import BaseModel

from interlock.service.api.problems import Problem, problems
from interlock.service.api.served import Served

_SILENCE = timedelta(seconds=20)
"""So long without a sign of life the control loop is taken for dead: it gives four in that time."""


class Healthy(BaseModel):
    """It is well."""

    status: str = "ok"


def routes(served: Served) -> APIRouter:
    """Return the routes ``/healthz`` and ``/readyz``."""
    router = APIRouter(tags=["health"], responses=problems(503))

    @router.get("/healthz", summary="Whether the control loop lives")
    async def healthz() -> Healthy:
        silence = served.onlookers.lags.silence
        if silence > _SILENCE:
            raise Problem(503, f"the control loop gave no sign of life for {silence.total_seconds():.0f} s")
        return Healthy()

    @router.get("/readyz", summary="Whether rules are at work, and something is known of each connection")
    async def readyz() -> Healthy:
        if not served.engine.has_begun.is_set():
            raise Problem(503, "the service is starting")
        links = served.engine.links.values()
        if unknown := sum(link.is_there is None for link in links):
            raise Problem(503, f"nothing is known yet of {unknown} of {len(links)} connections")
        return Healthy()

    return router
