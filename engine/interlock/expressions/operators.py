"""What operators make of types, and which comparisons can never hold."""

from __future__ import annotations

import itertools
import operator as arithmetic
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from interlock.capabilities import nearest
from interlock.durations import parse_duration
from interlock.errors import Severity
from interlock.expressions.problems import Finding, did_you_mean
from interlock.expressions.types import ANY, DURATION, INSTANT, NUMBER, Kind, Type, ranged
from interlock.model import format_value

COMPARISONS: Mapping[str, str] = MappingProxyType(
    {
        "eq": "==",
        "ne": "!=",
        "lt": "<",
        "lteq": "<=",
        "gt": ">",
        "gteq": ">=",
        "in": "in",
        "notin": "not in",
    }
)
"""jinja2's names of the comparisons, as Python writes them."""

_ORDERED = frozenset({Kind.NUMBER, Kind.DURATION, Kind.INSTANT})
SWITCH_WORDS: Mapping[str, bool] = MappingProxyType(
    {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
)
"""What the words for a switch mean, in small letters."""

_CORNERS: Mapping[str, Callable[[float, float], float]] = MappingProxyType(
    {"+": arithmetic.add, "-": arithmetic.sub, "*": arithmetic.mul}
)
"""What reaches its ends where both sides are at theirs."""
_ONE_WAY = (frozenset({"lt", "lteq"}), frozenset({"gt", "gteq"}))
_STRICT = frozenset({"lt", "gt"})

_HINTS: Mapping[frozenset[Kind], str] = MappingProxyType(
    {
        frozenset({Kind.DURATION, Kind.NUMBER}): "a duration needs its unit, such as '10m'",
        frozenset({Kind.BOOLEAN, Kind.NUMBER}): "compare with 'on' or 'off', or with nothing at all",
    }
)

_RESULTS: Mapping[tuple[str, Kind, Kind], Type] = MappingProxyType(
    {
        **{(op, Kind.NUMBER, Kind.NUMBER): NUMBER for op in ("+", "-", "*", "/", "//", "%", "**")},
        ("+", Kind.DURATION, Kind.DURATION): DURATION,
        ("-", Kind.DURATION, Kind.DURATION): DURATION,
        ("/", Kind.DURATION, Kind.DURATION): NUMBER,
        ("*", Kind.DURATION, Kind.NUMBER): DURATION,
        ("*", Kind.NUMBER, Kind.DURATION): DURATION,
        ("/", Kind.DURATION, Kind.NUMBER): DURATION,
        ("+", Kind.INSTANT, Kind.DURATION): INSTANT,
        ("+", Kind.DURATION, Kind.INSTANT): INSTANT,
        ("-", Kind.INSTANT, Kind.DURATION): INSTANT,
        ("-", Kind.INSTANT, Kind.INSTANT): DURATION,
    }
)


def arithmetic_type(operator: str, left: Type, right: Type) -> Type | Finding:
    """Return the type of a computation, or why there is none."""
    if Kind.ANY in (left.kind, right.kind):
        return ANY
    result = _RESULTS.get((operator, left.kind, right.kind))
    if result:
        return _range_of(operator, left, right) if result is NUMBER else result
    hint = "join words with ~" if operator == "+" and Kind.TEXT in (left.kind, right.kind) else ""
    return Finding(f"'{operator}' cannot join {left.kind.value} and {right.kind.value}", hint)


def _range_of(operator: str, left: Type, right: Type) -> Type:
    """Return the range of a sum, a difference or a product, as far as both sides have one."""
    if operator not in _CORNERS or left.kind is not Kind.NUMBER or right.kind is not Kind.NUMBER:
        return NUMBER
    ends = [(left.minimum, left.maximum), (right.minimum, right.maximum)]
    known = [(low, high) for low, high in ends if low is not None and high is not None]
    if len(known) < len(ends):
        return NUMBER
    corners = [_CORNERS[operator](one, other) for one, other in itertools.product(*known)]
    return ranged(min(corners), max(corners))


def convert_word(word: str, other: Type, source: str) -> bool | float | str | timedelta | Finding:
    """Return what a constant word means beside a value of another type: a boolean, a choice, a duration.

    Args:
        word: The word in the text.
        other: The type of what it is compared with.
        source: How that is written, for the message.
    """
    match other.kind:
        case Kind.BOOLEAN:
            return _boolean(word, source)
        case Kind.DURATION:
            return duration_of_word(word)
        case Kind.TEXT if other.choices and other.constant is None:
            return _choice(word, other, source)
        case Kind.NUMBER:
            return _number(word, other, source)
        case Kind.INSTANT:
            return Finding(f"{source} is an instant and can never be '{word}'", f"write today_at('{word}')")
        case _:
            return word


def _boolean(word: str, source: str) -> bool | Finding:
    if word.strip().lower() in SWITCH_WORDS:
        return SWITCH_WORDS[word.strip().lower()]
    return Finding(
        f"{source} is on or off and can never be '{word}'", did_you_mean(nearest(word, SWITCH_WORDS))
    )


def duration_of_word(word: str) -> timedelta | Finding:
    """Return the duration that a word such as ``10m`` writes, or why it is none."""
    try:
        return parse_duration(word)
    except ValueError as error:
        return Finding(str(error))


def _choice(word: str, other: Type, source: str) -> str | Finding:
    choices = other.choices
    found = next((choice for choice in choices if choice.lower() == word.strip().lower()), None)
    if found is not None or other.is_open:
        return found or word
    meant = nearest(word, choices)
    return Finding(f"{source} can never be '{word}': it is {_listed(choices)}", did_you_mean(meant))


def _listed(choices: tuple[str, ...]) -> str:
    words = [choice or "empty" for choice in choices]
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _number(word: str, other: Type, source: str) -> float | Finding:
    """Return how many of its unit a duration is beside a number that counts time."""
    lasts = duration_of_word(word)
    if other.unit is not None and isinstance(lasts, timedelta):
        return lasts / other.unit
    return Finding(f"{source} is a number and can never be '{word}'", _unquoted(word))


def _unquoted(word: str) -> str:
    number = re.match(r"\s*([-+]?\d+(?:[.,]\d+)?)\s*\D{0,9}$", word)
    return f"write {number[1].replace(',', '.')} without quotes" if number else ""


def check_equality(left: Type, right: Type) -> Finding | None:
    """Return why two values can never be equal, judged by their types; None where they can."""
    kinds = {left.kind, right.kind}
    if Kind.ANY in kinds:
        return None
    if left.kind is not right.kind:
        hint = _HINTS.get(frozenset(kinds), "")
        return Finding(f"{left.kind.value} can never equal {right.kind.value}", hint)
    is_open = left.is_open or right.is_open
    if left.choices and right.choices and not is_open and not set(left.choices) & set(right.choices):
        return Finding(f"{_listed(left.choices)} can never equal {_listed(right.choices)}")
    return None


def check_order(left: Type, right: Type) -> Finding | None:
    """Return why one value can be neither more nor less than the other; None where it can."""
    kinds = {left.kind, right.kind}
    if Kind.ANY in kinds:
        return None
    unordered = next((kind for kind in (left.kind, right.kind) if kind not in _ORDERED), None)
    if unordered:
        return Finding(f"{unordered.value} has no order: it is neither more nor less than another")
    if left.kind is not right.kind:
        hint = _HINTS.get(frozenset(kinds), "")
        return Finding(f"{left.kind.value} cannot be compared with {right.kind.value}", hint)
    return None


def check_chain(names: Sequence[str], types: Sequence[Type]) -> Finding | None:
    """Return the warning that a chain such as ``28 < x < 26`` never holds; None where it can.

    Args:
        names: jinja2's names of its comparisons.
        types: Of what stands between them.
    """
    if not any(set(names) <= way for way in _ONE_WAY) or {each.kind for each in types} != {Kind.NUMBER}:
        return None
    for (first, left), (last, right) in itertools.combinations(enumerate(types), 2):
        between = names[first:last]
        name = next((each for each in between if each in _STRICT), between[0])
        if decide(name, left, right) is False:
            low, high = _range(left), _range(right)
            message = f"this is always false: {low} is never {COMPARISONS[name]} {high}"
            return Finding(message, severity=Severity.WARNING)
    return None


def always_so(always: bool, ranged: Type, source: str) -> Finding:
    """Return the warning about a comparison that a range decides; `source` is what has that range."""
    known = "" if ranged.constant is not None else f": {source} is {_range(ranged)}"
    return Finding(f"this is always {str(always).lower()}{known}", severity=Severity.WARNING)


def decide(name: str, left: Type, right: Type) -> bool | None:
    """Return what a comparison of numbers always comes to by their ranges; None where it depends."""
    match name:
        case "lt":
            return _is_less(left, right)
        case "gt":
            return _is_less(right, left)
        case "gteq":
            return _negated(_is_less(left, right))
        case "lteq":
            return _negated(_is_less(right, left))
        case "eq":
            return _is_equal(left, right)
        case "ne":
            return _negated(_is_equal(left, right))
        case _:
            return None


def _negated(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _is_less(left: Type, right: Type) -> bool | None:
    if left.maximum is not None and right.minimum is not None and left.maximum < right.minimum:
        return True
    if left.minimum is not None and right.maximum is not None and left.minimum >= right.maximum:
        return False
    return None


def _is_equal(left: Type, right: Type) -> bool | None:
    if _is_less(left, right) or _is_less(right, left):
        return False
    return True if left.constant is not None and left.constant == right.constant else None


def _range(ranged: Type) -> str:
    low, high = format_value(ranged.minimum), format_value(ranged.maximum)
    if ranged.constant is not None:
        return low
    if ranged.maximum is None:
        return f"at least {low}"
    return f"at most {high}" if ranged.minimum is None else f"from {low} to {high}"
