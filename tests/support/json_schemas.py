"""JSON Schemas as editors have them: read from their text."""

import json
from collections.abc import Mapping

from jsonschema_rs import Draft202012Validator


def validator_of(schema: Mapping[str, object]) -> Draft202012Validator:
    """Return what judges documents by a schema, which must be one itself."""
    return Draft202012Validator(json.loads(json.dumps(schema)))


def faults(validator: Draft202012Validator, document: object) -> list[str]:
    """Return what is wrong with a document, each with its place; nothing where it is sound."""
    found = validator.iter_errors(document)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in found]
