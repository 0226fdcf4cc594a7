"""How the HTTP API says that something went wrong: one shape for all of it, that of RFC 9457."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from interlock.errors import Diagnostic, InterlockError

MEDIA_TYPE = "application/problem+json"


class Problem(InterlockError):
    """An answer that is an error: its status, and the sentence that says why.

    Args:
        status: The HTTP status.
        detail: One lower-case sentence.
        headers: Besides those that every answer has.
        findings: What is wrong in the site's files, where that is why.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        findings: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.findings = findings


class Details(BaseModel):
    """What went wrong (RFC 9457)."""

    title: str = Field(description="the status in words", examples=["Not Found"])
    status: int = Field(description="the HTTP status", examples=[404])
    detail: str = Field(
        description="what went wrong, where, and what was expected",
        examples=["there is no rule 'evning'; did you mean 'evening'?"],
    )
    findings: tuple[Diagnostic, ...] = Field((), description="what is wrong in the site's files")


def answer(problem: Problem) -> Response:
    """Return a problem as a response."""
    details = Details(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=str(problem),
        findings=tuple(problem.findings),
    )
    return Response(
        details.model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers or {}),
    )


def add_problems(app: FastAPI) -> None:
    """Let an app answer every error in this shape."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(error)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer(Problem(error.status_code, str(error.detail).lower(), headers=error.headers))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()[0]
    place = ".".join(map(str, found["loc"]))
    return answer(Problem(422, f"{place}: {str(found['msg']).lower()}"))
