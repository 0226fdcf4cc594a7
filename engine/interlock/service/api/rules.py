"""Routes of rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from interlock.service.api.asking import ask
from interlock.service.api.auth import Operator, Reader
from interlock.service.api.forms import RunRequest
from interlock.service.api.problems import problems
from interlock.service.api.routing import versioned
from interlock.service.api.served import Served
from interlock.service.control.protocol import (
    AskRule,
    Began,
    CancelRule,
    Done,
    Ended,
    ListRules,
    RuleLine,
    Rules,
    RunRule,
    SwitchRule,
)
from interlock.service.tokens import Token

RuleName = Annotated[str, Path(description="the rule's id", max_length=200, examples=["living-cooled"])]


def routes(served: Served) -> APIRouter:
    """Return the routes."""
    router = versioned("rules")
    changing = problems(403, 404, 422)

    @router.get("/rules", summary="How all rules are, in the site's order")
    async def rules(token: Reader) -> Rules:
        return await ask(served, ListRules(), Rules, token)

    @router.get("/rules/{rule}", summary="How one rule is", responses=problems(404, 422))
    async def rule(token: Reader, rule: RuleName) -> RuleLine:
        return await ask(served, AskRule(rule=rule), RuleLine, token)

    @router.post(
        "/rules/{rule}/run",
        summary="Begin a firing, without the rule's triggers and condition",
        responses=changing | problems(409),
    )
    async def run(token: Operator, rule: RuleName, wanted: RunRequest | None = None) -> Began:
        variables = wanted.variables if wanted else {}
        return await ask(served, RunRule(rule=rule, variables=variables), Began, token)

    @router.post("/rules/{rule}/enable", summary="Let a rule act", responses=changing)
    async def enable(token: Operator, rule: RuleName) -> RuleLine:
        return await _switch(served, rule, token, is_on=True)

    @router.post("/rules/{rule}/disable", summary="Let a rule do nothing", responses=changing)
    async def disable(token: Operator, rule: RuleName) -> RuleLine:
        return await _switch(served, rule, token, is_on=False)

    @router.post("/rules/{rule}/cancel", summary="End what a rule is doing", responses=changing)
    async def cancel(token: Operator, rule: RuleName) -> Ended:
        return await ask(served, CancelRule(rule=rule), Ended, token)

    return router


async def _switch(served: Served, rule: str, token: Token, *, is_on: bool) -> RuleLine:
    await ask(served, SwitchRule(rule=rule, is_on=is_on), Done, token)
    return await ask(served, AskRule(rule=rule), RuleLine, token)
