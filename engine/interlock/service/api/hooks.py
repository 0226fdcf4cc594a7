"""``POST /hooks/NAME``: requests from outside that set rules off."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from interlock.model import Event
from interlock.rules.triggers import WEBHOOK
from interlock.service.api.problems import Problem, problems
from interlock.service.api.served import Served
from interlock.service.hooks.gate import Fate

_BODY = {
    "required": False,
    "content": {
        "application/json": {"schema": {}},
        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        "text/plain": {"schema": {"type": "string"}},
    },
}


def routes(served: Served) -> APIRouter:
    """Return the route ``/hooks/NAME``."""
    router = APIRouter(tags=["webhooks"])
    gate = served.onlookers.hooks

    @router.post(
        "/hooks/{name}",
        summary="Set rules off",
        description="Takes JSON, a form or text, signed or with a token as the site file says. Who has not "
        "the secret is told 403, whether or not there is such a webhook.",
        status_code=202,
        response_class=Response,
        responses={202: {"description": "Rules are told of it"}, **problems(400, 403, 422, 429)},
        openapi_extra={"requestBody": _BODY},
    )
    async def hook(name: Annotated[str, Path(max_length=200)], request: Request) -> Response:
        passed = gate.take(name, request.headers, await request.body())
        match passed.fate:
            case Fate.ACCEPTED:
                served.engine.happen(Event(kind=WEBHOOK, name=name, data=passed.values))
                return Response(status_code=202)
            case Fate.STRANGE:
                raise Problem(
                    403, "no webhook takes this request: its name or what it is signed with is wrong"
                )
            case Fate.LIMITED:
                wait = {"Retry-After": str(math.ceil(passed.again_s))}
                raise Problem(429, "more requests came than this webhook takes", headers=wait)
            case Fate.MALFORMED:
                raise Problem(400, passed.reason)

    return router
