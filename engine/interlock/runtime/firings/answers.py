"""What is read of other servers' answers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from interlock.model import Value


def values_of_json(text: str, paths: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """Return the values that stand in a JSON text, by name.

    A name is left out where nothing stands at its place, null does, or something that is no single value.

    Args:
        text: The text; what is no JSON holds nothing.
        paths: For each name the keys of objects and the indices of lists that lead to its value.
    """
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found = {name: _at(document, path) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


def _at(document: object, path: Sequence[str]) -> Value | None:
    for step in path:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    match document:
        case bool() | int() | str():
            return document
        case float() if math.isfinite(document):
            return document
    return None
