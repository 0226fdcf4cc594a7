"""The OpenAPI document of the HTTP API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from fastapi import APIRouter, Response
from fastapi.openapi.utils import get_openapi

import interlock
from interlock.service.api.auth import Reader
from interlock.service.api.problems import Details, problems

Document: TypeAlias = dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]
"""As far as it is looked into here: paths, methods, what each answers."""
_SUMMARY = "One building's rules: what they see, what they did and why; and commands by hand."
_REF = "#/components/schemas/{model}"


def document_routes(routers: Sequence[APIRouter]) -> APIRouter:
    """Return the route ``/v1/openapi.json``, which describes the routes of some routers."""
    text = json.dumps(document_of(routers))
    router = APIRouter(prefix="/v1", include_in_schema=False)

    @router.get("/openapi.json")
    async def document(token: Reader) -> Response:
        return Response(text, media_type="application/json")

    return router


def document_of(routers: Sequence[APIRouter]) -> Document:
    """Return what describes routes, with what FastAPI does not know of: the shape of errors, and limits."""
    routes = [route for router in routers for route in router.routes]
    document: Document = get_openapi(
        title="Interlock", version=interlock.__version__, summary=_SUMMARY, routes=routes
    )
    schema = Details.model_json_schema(ref_template=_REF)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= schema.pop("$defs", {}) | {"Problem": schema}
    for path in document["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                operation["responses"] |= _declared(408, 411, 413)
    return document


def _declared(*statuses: int) -> Mapping[str, object]:
    return {str(status): declared for status, declared in problems(*statuses).items()}
