"""Routes of commands: sending one, and what became of earlier ones."""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from interlock.model import Outcome
from interlock.service.api.archive import Archive
from interlock.service.api.asking import ask
from interlock.service.api.auth import Operator, Reader
from interlock.service.api.forms import (
    CommandPage,
    CommandRequest,
    CommandResult,
    UnderWay,
    command_result,
)
from interlock.service.api.paging import Before, Id, Limit, found_as, page_before
from interlock.service.api.problems import Problem, problems
from interlock.service.api.routing import versioned
from interlock.service.api.served import Served
from interlock.service.control.protocol import Sent
from interlock.service.control.sending import known_point
from interlock.service.control.wording import command_for
from interlock.service.explain import command_document
from interlock.service.explain.documents import CommandDocument

_PATIENCE_S = 20.0
"""How long it is waited for a device; proxies and people give up soon after."""
_FAILURES = {
    Outcome.REFUSED: HTTPStatus.CONFLICT,
    Outcome.OUTRANKED: HTTPStatus.CONFLICT,
    Outcome.FAILED: HTTPStatus.BAD_GATEWAY,
    Outcome.UNCERTAIN: HTTPStatus.GATEWAY_TIMEOUT,
}
"""Outcomes of a command that did not do what was wanted, or perhaps not."""


def routes(served: Served, archive: Archive) -> APIRouter:
    """Return the routes."""
    router = versioned("commands")
    under_way: set[asyncio.Task[Sent]] = set()

    @router.post(
        "/commands",
        summary="Send a command, and wait for what becomes of it",
        responses={
            202: {
                "model": CommandResult | UnderWay,
                "description": "It waits: for a guard, for a stronger claim to end, or for its device; "
                "or it is not sent, in a dry run",
            },
            **problems(403, 404, 409, 422, 502, 504),
        },
    )
    async def send(token: Operator, wanted: CommandRequest, response: Response) -> CommandResult | UnderWay:
        question = command_for(
            served.engine,
            wanted.point,
            wanted.value,
            wanted.fields,
            holds=wanted.hold,
            priority=wanted.priority,
            until=wanted.until,
        )
        # Whoever asks may go away: a command that was given is carried out all the same.
        task = asyncio.create_task(ask(served, question, Sent, token))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE_S)
        if not done:
            response.status_code = HTTPStatus.ACCEPTED
            return _under_way(wanted.point)
        return _told(task.result(), response, holds=wanted.hold)

    @router.get("/commands", summary="Past commands, the last one first", responses=problems(404, 422, 503))
    async def commands(
        token: Reader,
        point: Annotated[str | None, Query(max_length=200, description="for this point alone")] = None,
        before: Before = None,
        limit: Limit = 50,
    ) -> CommandPage:
        wanted = None if point is None else known_point(served.engine, point)
        async with archive.open() as journal:
            last = found_as("command", before, await journal.command(before)) if before else None
            page, end = await page_before(last, limit, partial(journal.commands_before, point=wanted))
        return CommandPage(
            commands=[command_document(each) for each in page], next=end.command.id if end else None
        )

    @router.get("/commands/{command}", summary="One command", responses=problems(404, 422, 503))
    async def command(token: Reader, command: Id) -> CommandDocument:
        async with archive.open() as journal:
            found = found_as("command", command, await journal.command(command))
        return command_document(found)

    return router


def _told(sent: Sent, response: Response, *, holds: bool) -> CommandResult:
    """Return what became of a command.

    Raises:
        Problem: it did not do what was wanted, or perhaps not.
    """
    is_claimed = holds and sent.outcome is Outcome.OUTRANKED
    if sent.outcome in _FAILURES and not is_claimed:
        raise Problem(_FAILURES[sent.outcome], f"{sent.outcome.value}: {sent.reason}", command=sent.id)
    if sent.outcome is not Outcome.ACCEPTED:
        response.status_code = HTTPStatus.ACCEPTED
    return command_result(sent)


def _under_way(point: str) -> UnderWay:
    return UnderWay(
        detail=f"the command for {point} has no answer after {_PATIENCE_S:g} s",
        commands=f"/v1/commands?point={quote(point)}",
    )
