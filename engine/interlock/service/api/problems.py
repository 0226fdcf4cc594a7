"""How the HTTP API says that something went wrong: one shape for all of it, that of RFC 9457."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from interlock.errors import ConfigurationError, Diagnostic, InterlockError, JournalError
from interlock.redaction import HIDDEN, MASK, redactor
from interlock.service.control.protocol import UnknownName
from interlock.service.explain import UnknownSubject

log = logging.getLogger("interlock.service")

MEDIA_TYPE = "application/problem+json"
_HIDDEN_RUN = re.compile(f"{HIDDEN}+")
_STATUSES: Mapping[type[InterlockError], HTTPStatus] = {
    UnknownName: HTTPStatus.NOT_FOUND,
    UnknownSubject: HTTPStatus.NOT_FOUND,
    JournalError: HTTPStatus.SERVICE_UNAVAILABLE,
    InterlockError: HTTPStatus.CONFLICT,
}
"""What an error of the desk or the journal is over HTTP; the first that fits.

A request that is not as the OpenAPI document says is answered 422. One that is, and that this site cannot
do as it stands, is a conflict: a value that a point does not take, an expression over what is not there.
"""


class Problem(InterlockError):
    """An answer that is an error: its status, and the sentence that says why.

    Args:
        status: The HTTP status.
        detail: One lower-case sentence.
        headers: Besides those that every answer has.
        findings: What is wrong in the site's files, where that is why.
        command: The id of the command that it is about.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        findings: Sequence[Diagnostic] = (),
        command: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.findings = findings
        self.command = command


_FIRST_KIND = "bool"
"""Of a value that somebody gives."""


class Finding(BaseModel):
    """Something that is wrong in the site's files."""

    file: str
    line: int = Field(description="counted from 1")
    column: int = Field(description="counted from 1")
    length: int = Field(description="characters on that line")
    severity: str = Field(examples=["error"])
    message: str
    hint: str = Field(description="what to do about it; may be empty")


class Details(BaseModel):
    """What went wrong (RFC 9457)."""

    title: str = Field(description="the status in words", examples=["Not Found"])
    status: int = Field(description="the HTTP status", examples=[404])
    detail: str = Field(
        description="what went wrong, where, and what was expected",
        examples=["there is no rule 'evning'; did you mean 'evening'?"],
    )
    findings: list[Finding] = Field([], description="what is wrong in the site's files")
    command: str = Field("", description="the id of the command that it is about")


def problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return what a route declares of the errors that it answers with, besides those that all have."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def answer(problem: Problem) -> Response:
    """Return a problem as a response."""
    details = Details(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=redactor.redact(str(problem)),
        findings=[_finding(each) for each in problem.findings],
        command=problem.command,
    )
    return Response(
        # A name that a client makes up may hold half a character, which only ASCII can quote.
        json.dumps(details.model_dump(exclude_defaults=True)),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers or {}),
    )


def add_problems(app: FastAPI) -> None:
    """Let an app answer every error in this shape."""
    app.add_exception_handler(InterlockError, _expected)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _defect)


async def _expected(_: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return answer(error)
    findings = error.diagnostics if isinstance(error, ConfigurationError) else ()
    status = next(status for kind, status in _STATUSES.items() if isinstance(error, kind))
    return answer(Problem(status, str(error), findings=findings))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    match error.status_code:
        case HTTPStatus.BAD_REQUEST:
            # FastAPI's word for a body that is no text at all; one that is no JSON is 422 to it as well.
            return answer(Problem(422, "the body cannot be read: it must be JSON in UTF-8"))
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = _allowed(request)
            detail = f"{request.method} cannot be used here: {allowed} can"
            return answer(Problem(405, detail, headers={"Allow": allowed}))
    return answer(Problem(error.status_code, str(error.detail).lower(), headers=error.headers))


def _allowed(request: Request) -> str:
    """Return every method of a path; Starlette knows those of the first route that has it."""
    routes: Sequence[APIRoute] = request.app.state.routes
    found = [route.methods or () for route in routes if route.path_regex.match(request.url.path)]
    return ", ".join(sorted(set().union(*found)))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first, *others = error.errors()
    *place, last = first["loc"]
    if others and last == _FIRST_KIND:
        # Of what may be of several kinds pydantic tells of each kind that it is not.
        return answer(Problem(422, f"{_dotted(place)}: {_of_no_kind([first, *others], place)}"))
    message = str(first["msg"]).removeprefix("Value error, ")
    return answer(Problem(422, f"{_dotted([*place, last])}: {message[:1].lower()}{message[1:]}"))


def _dotted(place: Sequence[object]) -> str:
    return ".".join(map(str, place))


def _of_no_kind(errors: Sequence[Mapping[str, object]], place: Sequence[object]) -> str:
    own = [each for each in errors if list(cast("Sequence[object]", each["loc"]))[: len(place)] == place]
    if any(each["type"] == "finite_number" for each in own):
        return "a number must be finite"
    return "it must be true, false, a number or a text"


async def _defect(_: Request, error: Exception) -> Response:
    return answer(Problem(500, f"the service failed: {type(error).__name__}"))


def _finding(diagnostic: Diagnostic) -> Finding:
    return Finding(
        file=diagnostic.file,
        line=diagnostic.line,
        column=diagnostic.column,
        length=diagnostic.length,
        severity=diagnostic.severity.value,
        message=_HIDDEN_RUN.sub(MASK, diagnostic.message),
        hint=_HIDDEN_RUN.sub(MASK, diagnostic.hint),
    )
