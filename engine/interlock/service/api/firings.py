"""Routes of what happened and why: firings with their traces, and explanations."""

from __future__ import annotations

from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query

from interlock.errors import JournalError
from interlock.history.queries import JournalReader
from interlock.service.api.archive import Archive
from interlock.service.api.asking import ask
from interlock.service.api.auth import Reader
from interlock.service.api.forms import FiringPage, Instant
from interlock.service.api.paging import Before, Id, Limit, found_as, page_before
from interlock.service.api.problems import problems
from interlock.service.api.routing import versioned
from interlock.service.api.served import Served
from interlock.service.control.protocol import Answer, Question
from interlock.service.explain import Explainer, Explanation, document_of, firing_document, firing_head
from interlock.service.explain.documents import FiringDocument
from interlock.service.explain.present import Present, present_alone, present_of
from interlock.service.tokens import Token

A = TypeVar("A", bound=Answer)


def routes(served: Served, archive: Archive) -> APIRouter:
    """Return the routes."""
    router = versioned("history")

    @router.get("/firings", summary="Past firings, the last one first", responses=problems(404, 422, 503))
    async def firings(
        token: Reader,
        rule: Annotated[str | None, Query(max_length=200, description="of this rule alone")] = None,
        before: Before = None,
        limit: Limit = 50,
    ) -> FiringPage:
        async with archive.open() as journal:
            last = found_as("firing", before, await journal.firing(before)) if before else None
            page, end = await page_before(last, limit, partial(journal.firings_before, rule=rule))
        return FiringPage(firings=[firing_head(each) for each in page], next=end.id if end else None)

    @router.get("/firings/{firing}", summary="The trace of one firing", responses=problems(404, 422, 503))
    async def firing(token: Reader, firing: Id) -> FiringDocument:
        async with archive.open() as journal:
            found = found_as("firing", firing, await journal.firing(firing))
            return firing_document(await _explainer(served, journal).firing(found))

    @router.get(
        "/explanations/{subject}",
        summary="Why a point, a rule or an interlock did what it did, and why not",
        responses=problems(404, 422, 503),
    )
    async def explanation(
        token: Reader,
        subject: Annotated[
            str,
            Path(
                max_length=200,
                description="a point, a device, or the id of a rule, an interlock, a firing or a command",
                examples=["living_ac.hvacmode"],
            ),
        ],
        limit: Annotated[int, Query(ge=1, le=100, description="how many of each kind of things")] = 5,
        at: Annotated[
            Instant | None, Query(description="what was then, and until then; now where it is not given")
        ] = None,
    ) -> Explanation:
        try:
            async with archive.open() as journal:
                explainer = _explainer(served, journal, await _present(served, token))
                story = await explainer.explain(subject, limit=limit, at=at)
        except JournalError as error:
            story = await present_alone(await _present(served, token), subject, at, error)
        return document_of(story)

    return router


async def _present(served: Served, token: Token) -> Present:
    async def asked(question: Question, answer: type[A]) -> A:
        return await ask(served, question, answer, token)

    return await present_of(asked)


def _explainer(served: Served, journal: JournalReader, present: Present | None = None) -> Explainer:
    engine = served.engine
    return Explainer(journal, engine.site, engine.rules, engine.interlocks, present)
