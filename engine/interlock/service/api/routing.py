"""What the routes of the API have in common."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute

from interlock.capabilities import nearest
from interlock.service.api.problems import Problem, problems


def versioned(tag: str) -> APIRouter:
    """Return a router for what stands under ``/v1`` and needs a token.

    A query with a name that its route does not know is refused, as is such a field of a body.
    """
    return APIRouter(
        prefix="/v1",
        tags=[tag],
        responses=problems(400, 401, 500),
        dependencies=[Depends(_only_known_queries)],
    )


async def _only_known_queries(request: Request) -> None:
    """Refuse a query that the route does not take."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = [field.alias for field in route.dependant.query_params]
    for name in request.query_params:
        if name not in known:
            meant = nearest(name, known)
            hint = f"did you mean '{meant}'?" if meant else f"it takes {', '.join(known) or 'none'}"
            raise Problem(422, f"there is no query '{name}' here; {hint}")
