"""How the simulated site writes its answers: XML as the manual shows it, or JSON as live servers do."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from xml.sax.saxutils import escape

from interlock import Reply

Element: TypeAlias = "tuple[str, str | Sequence[Element]]"
"""A name with a text or with elements."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_RETURN = {"\r": "&#13;"}
"""XML reads a bare carriage return as a line feed."""
_NO_NAME = re.compile(r"[^A-Za-z0-9_.\-]")
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

WRONG_CREDENTIALS = "Invalid Authentication Credentials"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site says to a transaction."""

    elements: Sequence[Element] = ()
    message: str = ""
    is_success: bool = True

    def told(self) -> Sequence[Element]:
        """Return everything that goes into the reply, in its order."""
        message = [("message", self.message)] if self.message else []
        return [*self.elements, ("success", "1" if self.is_success else "0"), *message]


def refusal(message: str) -> Answer:
    """Return the answer that something was not done."""
    return Answer(message=message, is_success=False)


def as_xml(answer: Answer, root: str) -> Reply:
    """Return an answer as an XML document; names that XML does not have are mended."""
    body = DECLARATION + "".join(_lines((root, answer.told())))
    return Reply(body=body.encode(), content_type="text/xml")


def as_json(answers: Sequence[Answer], *, is_batch: bool) -> Reply:
    """Return answers as a JSON document: a list of results for a batch, else the only result."""
    results = [_object(answer.told()) | {"success": int(answer.is_success)} for answer in answers]
    document = {"result": results if is_batch else results[0]}
    return Reply(body=json.dumps(document).encode(), content_type="application/json")


def _lines(element: Element) -> Sequence[str]:
    name, content = _name(element[0]), element[1]
    if isinstance(content, str):
        return [f"<{name}>{escape(_NO_CHARACTER.sub('', content), _RETURN)}</{name}>\n"]
    inner = [line for each in content for line in _lines(each)]
    return [f"<{name}>\n", *inner, f"</{name}>\n"]


def _name(text: str) -> str:
    name = _NO_NAME.sub("_", text)
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def _object(elements: Sequence[Element]) -> dict[str, object]:
    """Return elements by name; those of one name become a list."""
    found: dict[str, list[object]] = {}
    for name, content in elements:
        found.setdefault(name, []).append(content if isinstance(content, str) else _object(content))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def forbidden(*, wants_json: bool) -> Reply:
    """Return what wrong credentials are answered."""
    if wants_json:
        return replace(as_json([refusal(WRONG_CREDENTIALS)], is_batch=False), status=403)
    return Reply(status=403, body=WRONG_CREDENTIALS.encode(), content_type="text/html")
