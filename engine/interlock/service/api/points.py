"""Routes of points, and of who claims them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from interlock.service.api.asking import ask
from interlock.service.api.auth import Operator, Reader
from interlock.service.api.forms import (
    ClaimList,
    PointDetails,
    PointPage,
    Released,
    claim_state,
    point_details,
    point_state,
)
from interlock.service.api.problems import problems
from interlock.service.api.routing import versioned
from interlock.service.api.served import Served
from interlock.service.control.protocol import (
    AskPoint,
    Claims,
    ListClaims,
    ListPoints,
    PointAccount,
    Points,
    ReleasedClaims,
    ReleasePoint,
)

PointName = Annotated[
    str,
    Path(description="written device.controller", max_length=200, examples=["living_thermostat.actualtemp"]),
]
_MOST_SKIPPED = 10_000_000


def routes(served: Served) -> APIRouter:
    """Return the routes."""
    router = versioned("points")

    @router.get("/points", summary="What is known of the points", responses=problems(422))
    async def points(
        token: Reader,
        skip: Annotated[int, Query(ge=0, le=_MOST_SKIPPED, description="how many to leave out")] = 0,
        limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
    ) -> PointPage:
        asked = ListPoints(skip=skip, most=limit + 1, with_unheard=True)
        found = (await ask(served, asked, Points, token)).points
        return PointPage(
            points=[point_state(line) for line in found[:limit]],
            next=skip + limit if len(found) > limit else None,
        )

    @router.get("/points/{point}", summary="One point", responses=problems(404, 422))
    async def point(token: Reader, point: PointName) -> PointDetails:
        return point_details(await ask(served, AskPoint(point=point), PointAccount, token))

    @router.post(
        "/points/{point}/release",
        summary="Let go of what hands and operators claim of a point",
        responses=problems(403, 404, 422),
    )
    async def release(token: Operator, point: PointName) -> Released:
        return Released(count=(await ask(served, ReleasePoint(point=point), ReleasedClaims, token)).count)

    @router.get("/claims", summary="Who claims which points")
    async def claims(token: Reader) -> ClaimList:
        found = await ask(served, ListClaims(), Claims, token)
        return ClaimList(claims=[claim_state(line) for line in found.claims])

    return router
