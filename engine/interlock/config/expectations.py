"""What pydantic wanted of a value, in words for the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TypeAlias

from pydantic_core import ErrorDetails

from interlock.capabilities import nearest
from interlock.config.nodes import Node, ScalarNode
from interlock.durations import format_duration


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a value must be, such as ``a whole number``."""

    words: str
    hint: str = ""
    is_sentence: bool = False
    """Whether the words are a whole sentence, from a validator of the model's own."""


_Context: TypeAlias = Mapping[str, object]
_A_TEXT = "a text"

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "string_type": _A_TEXT,
        "int_type": "a whole number",
        "int_parsing": "a whole number",
        "int_parsing_size": "a whole number of a sensible size",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "float_parsing": "a number",
        "finite_number": "a finite number",
        "bool_type": "on or off",
        "bool_parsing": "on or off",
        "list_type": "a list",
        "tuple_type": "a list",
        "set_type": "a list",
        "frozen_set_type": "a list",
        "dict_type": "a mapping of keys and values",
        "model_type": "a mapping of keys and values",
        "model_attributes_type": "a mapping of keys and values",
        "mapping_type": "a mapping of keys and values",
        "none_required": "empty",
    }
)
_BOUNDS: Mapping[str, str] = MappingProxyType(
    {
        "greater_than_equal": "at least {ge}",
        "greater_than": "more than {gt}",
        "less_than_equal": "at most {le}",
        "less_than": "less than {lt}",
        "multiple_of": "a multiple of {multiple_of}",
        "string_pattern_mismatch": "a text that matches {pattern}",
        "string_too_long": "at most {max_length} characters long",
    }
)


# Pydantic gives a limit that is a duration as Python would write it.
_PARTS = re.compile(r"(days|seconds|microseconds)=(-?\d+)")


def expectation(error: ErrorDetails, node: Node) -> Expectation:
    """Return what one of pydantic's errors wants of a node. The node's value is not quoted."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return Expectation(_sentence(error), is_sentence=True)
    if kind in _SPECIAL:
        return _SPECIAL[kind](context, node)
    if kind in _BOUNDS:
        return Expectation(_BOUNDS[kind].format_map({key: _written(value) for key, value in context.items()}))
    if kind in _WORDS:
        return Expectation(_WORDS[kind], _quoting_hint(node) if _WORDS[kind] == _A_TEXT else "")
    return Expectation(_in_our_words(error["msg"]))


def _sentence(error: ErrorDetails) -> str:
    return str(error.get("ctx", {}).get("error", error["msg"]))


def _quoting_hint(node: Node) -> str:
    if not isinstance(node, ScalarNode) or node.is_quoted or node.value is None:
        return ""
    return "put it in quotes"


def join_or(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: ``none, basic or digest``."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _choice(context: _Context, node: Node) -> Expectation:
    choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
    return _one_of(choices, node)


def _union_tag(context: _Context, node: Node) -> Expectation:
    return _one_of(re.findall(r"'([^']*)'", str(context.get("expected_tags", ""))), node)


def _one_of(choices: Sequence[str], node: Node) -> Expectation:
    meant = nearest(node.text, choices) if isinstance(node, ScalarNode) else None
    return Expectation(join_or(choices), f"did you mean '{meant}'?" if meant else "")


def _long_enough(context: _Context, node: Node) -> Expectation:
    least = context.get("min_length")
    is_text = isinstance(node, ScalarNode)
    if least == 1:
        return Expectation("a text, not an empty one" if is_text else "a list with something in it")
    return Expectation(f"at least {least} {'characters' if is_text else 'items'} long")


def _short_enough(context: _Context, node: Node) -> Expectation:
    return Expectation(f"a list of at most {context.get('max_length')} items")


_SPECIAL: Mapping[str, Callable[[_Context, Node], Expectation]] = MappingProxyType(
    {
        "literal_error": _choice,
        "enum": _choice,
        "union_tag_invalid": _union_tag,
        "string_too_short": _long_enough,
        "too_short": _long_enough,
        "too_long": _short_enough,
    }
)


def _written(value: object) -> str:
    """Return a limit as people write it in YAML."""
    if str(value).startswith("datetime.timedelta("):
        return format_duration(timedelta(**{unit: int(count) for unit, count in _PARTS.findall(str(value))}))
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


def _in_our_words(message: str) -> str:
    """Return the rest of ``Input should be a valid URL`` as it goes on behind "must be"."""
    return re.sub(r"^(Input|Value|URL|String) should (be|have) ", "", message)
