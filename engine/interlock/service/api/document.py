"""The OpenAPI document of the HTTP API."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi

from interlock.service.api.auth import Reader
from interlock.service.api.problems import Details, problems

_REF = "#/components/schemas/{model}"


def add_document(app: FastAPI) -> None:
    """Let an app serve what describes the routes that it has, at ``/v1/openapi.json``."""
    text = json.dumps(document_of(app))
    router = APIRouter(prefix="/v1", include_in_schema=False)

    @router.get("/openapi.json")
    async def document(token: Reader) -> Response:
        return Response(text, media_type="application/json")

    app.include_router(router)


def document_of(app: FastAPI) -> Mapping[str, object]:
    """Return what describes an app, with what FastAPI does not know of: the shape of errors, and limits."""
    document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schema = Details.model_json_schema(ref_template=_REF)
    document["components"]["schemas"] |= schema.pop("$defs", {}) | {"Problem": schema}
    for path in document["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                operation["responses"] |= _declared(408, 413)
    return document


def _declared(*statuses: int) -> Mapping[str, object]:
    return {str(status): declared for status, declared in problems(*statuses).items()}
