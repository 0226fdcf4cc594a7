"""Credentials in site files: they should not be there, and no finding may show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import get_args

from pydantic import BaseModel, SecretStr

from interlock.capabilities import nearest
from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode
from interlock.config.validation import models_in
from interlock.errors import Diagnostic, Severity
from interlock.redaction import HIDDEN, MASK, SHORTEST, masked, redactor

ELSEWHERE = "write !secret NAME, and the NAME with its value in secrets.yaml"
"""What to do with a secret that is written out."""


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
            if not value.tag and key:
                problems.append(_warning(value, f"'{key}' is written out here", ELSEWHERE))
            if len(text) < SHORTEST:
                message = "this secret is too short to be hidden in logs and messages"
                problems.append(_warning(value, message, f"give it at least {SHORTEST} characters"))

    def learn(self, secret: str) -> None:
        """Hide a secret that is only a part of a value, such as the password in a URL."""
        self._texts.add(secret)
        redactor.register(secret)

    def register(self, settings: BaseModel) -> None:
        """Hide the secrets of sound settings also in the forms that go with their user's name."""
        redactor.register_settings(settings)

    def hide(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return a finding in which no secret can be read and every column is as before."""
        message, hint, excerpt = diagnostic.message, diagnostic.hint, diagnostic.excerpt
        for text in sorted(self._texts, key=len, reverse=True):
            excerpt = masked(excerpt, text, HIDDEN * len(text))
            if len(text) >= SHORTEST:
                message, hint = message.replace(text, MASK), hint.replace(text, MASK)
        return replace(diagnostic, message=message, hint=hint, excerpt=excerpt)


def _warning(value: ScalarNode, message: str, hint: str) -> Diagnostic:
    return value.mark.diagnostic(message, hint=hint, severity=Severity.WARNING)


def _secrets(model: type[BaseModel], node: MapNode) -> Iterator[tuple[str, ScalarNode]]:
    """Yield the values of secret fields with their key, at any depth.

    Those of keys that are most likely such a field misspelt come with an empty one.
    """
    secret, inner = _secret_fields(model), _inner_models(model)
    for key, value in node.entries.items():
        if key in secret:
            yield from ((key, scalar) for scalar in _scalars(value))
        elif key not in inner and nearest(key, secret):
            yield from (("", scalar) for scalar in _scalars(value))
        for each in inner.get(key, ()):
            for part in _mappings(value):
                yield from _secrets(each, part)


@lru_cache
def _secret_fields(model: type[BaseModel]) -> Sequence[str]:
    return [name for name, field in model.model_fields.items() if _is_secret(field.annotation)]


@lru_cache
def _inner_models(model: type[BaseModel]) -> Mapping[str, Sequence[type[BaseModel]]]:
    """Return the models that each field holds that is no secret, one or several in a list or mapping."""
    secret = _secret_fields(model)
    fields = {name: field for name, field in model.model_fields.items() if name not in secret}
    return {name: tuple(models_in(field.annotation)) for name, field in fields.items()}


def _mappings(node: Node) -> Iterator[MapNode]:
    match node:
        case MapNode():
            yield node
            for value in node.entries.values():
                yield from _mappings(value)
        case ListNode():
            for item in node.items:
                yield from _mappings(item)


def _scalars(node: Node) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode():
            if node.value not in (None, ""):
                yield node
        case ListNode():
            for item in node.items:
                yield from _scalars(item)
        case MapNode():
            for value in node.entries.values():
                yield from _scalars(value)


def _is_secret(annotation: object) -> bool:
    if isinstance(annotation, type):
        return issubclass(annotation, SecretStr)
    return any(_is_secret(part) for part in get_args(annotation))
