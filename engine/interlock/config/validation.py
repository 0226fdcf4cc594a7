"""Pydantic models over YAML nodes: each finding at the very key or value, in our own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, TypeGuard, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from interlock.capabilities import nearest
from interlock.config.expectations import Expectation, expectation, join_or
from interlock.config.nodes import ListNode, MapNode, Mark, Node, ScalarNode, plain
from interlock.driver import AsWritten
from interlock.errors import Diagnostic
from interlock.redaction import MASK, masked
from interlock.site_path import FOLDER

M = TypeVar("M", bound=BaseModel)
_Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Marks a field whose node is read elsewhere, part by part: a model is not given what stands in it."""


Unread = Annotated[object, Elsewhere()]


def validate(
    model: type[M],
    node: Node,
    problems: list[Diagnostic],
    *,
    what: str = "",
    beside: Sequence[str] = (),
) -> M | None:
    """Return the model that a node holds, or None after the findings that say why not.

    Args:
        model: What is expected. Its fields' descriptions serve as hints.
        node: What is there.
        problems: Findings are appended to it.
        what: How findings name the whole, such as ``connection 'house'``; empty for nothing.
        beside: Keys that can stand beside the model's, which are read elsewhere: hints name them too.
    """
    if not isinstance(node, MapNode):
        if not (isinstance(node, ScalarNode) and node.is_broken):
            message = f"{what or 'this'} must be a mapping of keys and values"
            problems.append(node.mark.diagnostic(message))
        return None
    known = _known_by_keys(model, tuple(node.entries))
    if isinstance(known, model):
        return known
    source = node.source
    try:
        return model.model_validate(
            _values(model, node), context={FOLDER: source.folder or Path(source.name).parent}
        )
    except ValidationError as error:
        findings = _Findings(model, node, what, beside)
        problems.extend(findings.of(error.errors(include_url=False, include_input=False)))
        return None


@lru_cache(maxsize=1024)
def _known_by_keys(model: type[BaseModel], keys: tuple[str, ...]) -> BaseModel | None:
    """Return the model of a mapping whose keys alone say all that it reads; None where they do not."""
    if not _marked(model, Elsewhere).issuperset(keys):
        return None
    try:
        return model.model_validate(dict.fromkeys(keys))
    except ValidationError:
        return None


def _values(model: type[BaseModel], node: MapNode) -> Mapping[str, object]:
    """Return what stands in a mapping: numbers as texts where the model asks for what was written."""
    elsewhere = _marked(model, Elsewhere)
    values = {
        key: entry.value if type(entry) is ScalarNode else entry if key in elsewhere else plain(entry)
        for key, entry in node.entries.items()
    }
    for name in _marked(model, AsWritten):
        entry = node.entries.get(name)
        if _is_number(entry):
            values[name] = entry.text
    return values


@cache
def _marked(model: type[BaseModel], mark: type[AsWritten | Elsewhere]) -> frozenset[str]:
    """Return the keys whose fields bear a mark."""
    fields = _fields(model).items()
    return frozenset(name for name, field in fields if any(isinstance(each, mark) for each in field.metadata))


def _is_number(node: Node | None) -> TypeGuard[ScalarNode]:
    return isinstance(node, ScalarNode) and type(node.value) in (int, float) and not node.tag


def check_keys(node: MapNode, known: Sequence[str], problems: list[Diagnostic]) -> None:
    """Report each key of a mapping that is none of the known ones."""
    for key in node.entries:
        if key not in known:
            problems.append(unknown_key(key, node.keys[key], known))


def unknown_key(key: str, mark: Mark, known: Sequence[str]) -> Diagnostic:
    """Return the finding that a key is not known, with the nearest one that is, or all."""
    return mark.diagnostic(f"unknown key '{key}'", hint=_hint(key, mark, known))


def _hint(key: str, mark: Mark, known: Sequence[str]) -> str:
    if _is_rest_of_text(key, mark):
        return "a text with a comma needs quotes between { and }"
    if meant := nearest(key, known):
        return f"did you mean '{meant}'?"
    return f"known here: {', '.join(known)}" if known else "nothing can stand here"


def _is_rest_of_text(key: str, mark: Mark) -> bool:
    """Whether a key is what a comma has cut off a text: ``{description: how far, in %}``."""
    line = mark.source.excerpt(mark.line)
    before, after = line[: mark.column - 1].rstrip(), line[mark.column - 1 + len(key) :].lstrip()
    return " " in key and before.endswith(",") and after.startswith((",", "}"))


class _Findings:
    """Says in words and places what pydantic found in one node."""

    def __init__(self, model: type[BaseModel], node: MapNode, what: str, beside: Sequence[str]) -> None:
        self._model = model
        self._beside = beside
        self._node = node
        self._what = what

    def of(self, errors: Sequence[ErrorDetails]) -> Iterator[Diagnostic]:
        """Yield a finding for each place; the members of a union that failed at one place are joined."""
        misspelt = {self._meant(error) for error in errors if error["type"] == "extra_forbidden"}
        wanted: dict[_Place, list[ErrorDetails]] = {}
        for error in errors:
            place = self._place(error["loc"])
            if error["type"] == "extra_forbidden":
                yield self._unknown(error, place)
            elif error["type"] == "missing":
                if tuple(error["loc"]) in misspelt:
                    continue
                yield self._missing(error, place)
            else:
                wanted.setdefault(place, []).append(error)
        for place, failed in wanted.items():
            yield from self._unfit(place, failed)

    def _place(self, loc: Sequence[str | int]) -> _Place:
        """Return the keys and indices that lead to a value, without what pydantic adds about unions."""
        node: Node = self._node
        steps: list[str | int] = []
        for step in loc:
            child = _child(node, step)
            if child is not None:
                node = child
                steps.append(step)
        return tuple(steps)

    def _at(self, place: _Place) -> Node:
        node: Node = self._node
        for step in place:
            node = _child(node, step) or node
        return node

    def _known(self, loc: Sequence[str | int]) -> Sequence[str]:
        known = [name for model in _models_at(self._model, loc) for name in _fields(model)]
        return known if loc else [*known, *self._beside]

    def _meant(self, error: ErrorDetails) -> tuple[str | int | None, ...]:
        """Return where the key stands that an unknown key most likely means."""
        *parents, key = error["loc"]
        return (*parents, nearest(str(key), self._known(parents)))

    def _unknown(self, error: ErrorDetails, place: _Place) -> Diagnostic:
        key = str(error["loc"][-1])
        parent = self._at(place[:-1])
        mark = parent.keys[key] if isinstance(parent, MapNode) else parent.mark
        return unknown_key(key, mark, self._known(error["loc"][:-1]))

    def _missing(self, error: ErrorDetails, place: _Place) -> Diagnostic:
        *parents, key = error["loc"]
        fields = [_fields(model).get(str(key)) for model in _models_at(self._model, parents)]
        hint = next((field.description for field in fields if field and field.description), "")
        name = f"'{key}'" if isinstance(key, str) else f"an item {key + 1}"
        label = self._label(place)
        message = f"{label} needs {name}" if label else f"{name} is missing"
        return self._at(place).mark.diagnostic(message, hint=hint)

    def _unfit(self, place: _Place, errors: Sequence[ErrorDetails]) -> Iterator[Diagnostic]:
        node = self._at(place)
        if isinstance(node, ScalarNode) and node.is_broken:
            return
        found = [expectation(error, node) for error in errors]
        hint = next((each.hint for each in found if each.hint), "")
        message = _sentence(self._label(place) or "this", found, is_empty=_is_empty(node))
        yield node.mark.diagnostic(_without_secrets(message, node), hint=_without_secrets(hint, node))

    def _label(self, place: _Place) -> str:
        """Return how a finding names a place: ``'port'``, ``item 2 of 'points'``, the whole."""
        if not place:
            return self._what
        if isinstance(place[-1], str):
            return f"'{place[-1]}'"
        return f"item {place[-1] + 1} of {self._label(place[:-1]) or 'the list'}"


def _sentence(label: str, found: Sequence[Expectation], *, is_empty: bool) -> str:
    own = next((each.words for each in found if each.is_sentence), None)
    if own is not None:
        return f"{label}: {own}"
    wanted = join_or(list(dict.fromkeys(each.words for each in found)))
    return f"{label} is empty: it must be {wanted}" if is_empty else f"{label} must be {wanted}"


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MapNode) and isinstance(step, str):
        return node.entries.get(step)
    if isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None


def _models_at(model: type[BaseModel], loc: Sequence[str | int]) -> Sequence[type[BaseModel]]:
    """Return the models whose keys can stand at a place; several where a union leaves it open."""
    models: Sequence[type[BaseModel]] = (model,)
    for step in loc:
        named = [each for each in models if each.__name__ == step]
        fields = [_fields(each)[step] for each in models if isinstance(step, str) and step in _fields(each)]
        inner = [each for field in fields for each in models_in(field.annotation)]
        models = named or inner or models
    return models


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return a model's fields by the key that a file gives them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models that a field's annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def _without_secrets(text: str, node: Node) -> str:
    """Return a text in which no value that came in by a tag can be read, whatever a validator quoted."""
    for secret in _secrets(node):
        text = masked(text, secret, MASK)
    return text


def _secrets(node: Node) -> Iterator[str]:
    match node:
        case ScalarNode():
            if node.tag and node.value:
                yield str(node.value)
        case ListNode():
            for item in node.items:
                yield from _secrets(item)
        case MapNode():
            for value in node.entries.values():
                yield from _secrets(value)
