"""Credentials in site files: they should not be there, and no finding may show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from pydantic import BaseModel, SecretStr

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode, ScalarNode
from interlock.errors import Diagnostic, Severity
from interlock.redaction import MASK, redactor


class Credentials:
    """The secrets of one site, as they come in."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def note(self, model: type[BaseModel], node: MapNode, problems: list[Diagnostic]) -> None:
        """Learn the secrets among a mapping's values; warn of each that is written out."""
        for key, value in _secrets(model, node):
            text = value.text if not value.tag else str(value.value)
            self._texts.add(text)
            redactor.register(text)
            if not value.tag and key in model.model_fields:
                problems.append(
                    value.mark.diagnostic(
                        f"'{key}' is written out here",
                        hint="write !secret NAME, and the NAME with its value in secrets.yaml",
                        severity=Severity.WARNING,
                    )
                )

    def register(self, settings: BaseModel) -> None:
        """Hide the secrets of sound settings also in the forms that go with their user's name."""
        redactor.register_settings(settings)

    def hide(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return a finding in which no secret can be read and every column is as before."""
        message, hint, excerpt = diagnostic.message, diagnostic.hint, diagnostic.excerpt
        for text in sorted(self._texts, key=len, reverse=True):
            message, hint = message.replace(text, MASK), hint.replace(text, MASK)
            excerpt = excerpt.replace(text, "*" * len(text))
        return replace(diagnostic, message=message, hint=hint, excerpt=excerpt)


def _secrets(model: type[BaseModel], node: MapNode) -> Iterator[tuple[str, ScalarNode]]:
    """Yield the values of secret fields, and of keys that are most likely such a field misspelt."""
    secret = [name for name, field in model.model_fields.items() if _is_secret(field.annotation)]
    for key, value in node.entries.items():
        is_meant = key in secret or (key not in model.model_fields and nearest(key, secret))
        if is_meant and isinstance(value, ScalarNode) and value.value not in (None, ""):
            yield key, value


def _is_secret(annotation: object) -> bool:
    if isinstance(annotation, type):
        return issubclass(annotation, SecretStr)
    return any(_is_secret(part) for part in get_args(annotation))
