"""Routes of the site as a whole: what it is, how it is, reading it again, and expressions over it."""

from __future__ import annotations

from fastapi import APIRouter

from interlock.service.api.asking import ask
from interlock.service.api.auth import Operator, Reader
from interlock.service.api.forms import EvaluateRequest
from interlock.service.api.problems import problems
from interlock.service.api.routing import versioned
from interlock.service.api.served import Served
from interlock.service.control.protocol import (
    AskPolls,
    AskStatus,
    Changed,
    Computed,
    DescribeSite,
    Evaluate,
    ReloadSite,
    SiteLine,
    Status,
)
from interlock.service.polls import PollPlan


def routes(served: Served) -> APIRouter:
    """Return the routes."""
    router = versioned("site")

    @router.get("/site", summary="What the service runs")
    async def site(token: Reader) -> SiteLine:
        return await ask(served, DescribeSite(), SiteLine, token)

    @router.get("/status", summary="How the service is")
    async def status(token: Reader) -> Status:
        return await ask(served, AskStatus(), Status, token)

    @router.get("/poll-plan", summary="What is asked of each connection how often, and why")
    async def poll_plan(token: Reader) -> PollPlan:
        return await ask(served, AskPolls(), PollPlan, token)

    @router.post("/reload", summary="Read the site's files again", responses=problems(403, 409))
    async def reload(token: Operator) -> Changed:
        return await ask(served, ReloadSite(), Changed, token)

    @router.post("/evaluate", summary="Compute an expression", responses=problems(404, 409, 422))
    async def evaluate(token: Reader, wanted: EvaluateRequest) -> Computed:
        return await ask(served, Evaluate(text=wanted.text, given=wanted.given), Computed, token)

    return router
