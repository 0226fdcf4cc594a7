"""The OpenAPI document of the HTTP API."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from interlock.service.api.problems import Details, problems

_REF = "#/components/schemas/{model}"


def complete_document(app: FastAPI) -> None:
    """Let an app's OpenAPI document say what FastAPI does not know of: the shape of errors, and limits."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    schema = Details.model_json_schema(ref_template=_REF)
    schemas |= schema.pop("$defs", {})
    schemas["Problem"] = schema
    for path in document["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                operation["responses"] |= _declared(408, 413)
    app.openapi_schema = document


def _declared(*statuses: int) -> Mapping[str, object]:
    return {str(status): declared for status, declared in problems(*statuses).items()}
