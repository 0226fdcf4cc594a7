"""What a function of the expressions is, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from interlock.expressions.turning import next_second
from interlock.expressions.types import Kind, Type
from interlock.expressions.unknown import Unknown
from interlock.expressions.view import View
from interlock.model import Value
from interlock.strangers import StrangersFault, ask


class Special(Enum):
    """Arguments that are more than a value of some kind."""

    POINT = "a point in quotes"
    """The point itself; a constant text, resolved when the expression is compiled."""
    TIME_OF_DAY = "a time of day"
    """A text such as ``07:30``; a constant is checked when the expression is compiled."""
    DAY_OF_YEAR = "a day of the year"
    """A text such as ``09-15``, the month first; a constant is checked when the expression is compiled."""
    WINDOW = "a duration"
    """How far back the past of the point before it is looked at; the state keeps so much of it."""
    VALUES = "several values"
    """A group's points, a list, or several arguments; it is computed for each member of a group."""
    PAIRS = "a list of pairs"
    """``[[x, y], …]`` with x rising; it reaches the function as x1, y1, x2, y2 and so on."""
    EXPRESSION = "an expression in quotes"
    """A condition on the past: `interlock.expressions.past.PastCondition`."""
    ITEMS = "a list of values"
    """``['a', 'b']``: values that the first argument can have; they reach the function one by one."""
    RULE = "a rule in quotes"
    """The id of a rule of the site."""


class Needs(Enum):
    """What a site must say for a function to mean something; the text is the key of its section ``site``."""

    HOLIDAYS = "holidays"
    LOCATION = "location"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a function takes in one place."""

    name: str
    takes: frozenset[Kind] | Special
    default: int | float | str | None = None
    """Used where the argument is left out; None where it may not be."""
    repeats: bool = False
    """Whether any further arguments are the same; only the last parameter can."""
    is_optional: bool = False
    """Whether the function is called without it where it is left out."""
    holds: frozenset[Kind] = frozenset()
    """What a `Special.POINT` must hold; empty for anything."""


@dataclass(frozen=True, slots=True)
class FunctionField:
    """What is read behind a dot of a function that has no value of its own: ``rule('id').is_on``."""

    type: Type
    compute: Callable[..., Value]
    description: str
    passes: Callable[..., datetime | None] | None = None
    """As of a `Function`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One row of the table."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    result: Type | None
    """None where it is the type of the first argument."""
    compute: Callable[..., Value]
    """Is given the view and the arguments, all known. It may raise `Unknown` with the reason, or any of
    Python's errors of computation: both make the result unknown."""
    reads_time: bool = False
    """Whether its result can change although none of its arguments does."""
    turns: Callable[..., datetime | None] = next_second
    """Is given what `compute` is, and returns the first instant after now at which its result can change by
    time alone, UTC; None for never. Too early is no harm. It is asked only where it reads the time and all
    arguments are known."""
    passes: Callable[..., datetime | None] | None = None
    """The same of a result that is compared with a value of its kind, which it is given after the view; None
    where `turns` says all."""
    needs: Needs | None = None
    fields: Mapping[str, FunctionField] = field(default_factory=lambda: MappingProxyType({}))
    """What stands behind the dot; such a function has no value without one."""

    @property
    def is_filter(self) -> bool:
        """Whether it can stand behind a ``|``."""
        return bool(self.parameters) and self.parameters[0].takes not in _QUOTED

    @property
    def is_aggregate(self) -> bool:
        """Whether it is a function over several values."""
        return bool(self.parameters) and self.parameters[0].takes is Special.VALUES

    @property
    def usage(self) -> str:
        """How it is called: ``clamp(value, low, high)``."""
        return f"{self.name}({', '.join(map(_usage, self.parameters))})"


_QUOTED = (Special.POINT, Special.EXPRESSION, Special.RULE)


def _usage(parameter: Parameter) -> str:
    if parameter.takes is Special.VALUES:
        return f"{parameter.name}, …"
    if parameter.takes is Special.PAIRS:
        return f"[[{parameter.name}], …]"
    if parameter.takes is Special.ITEMS:
        return f"[{parameter.name}, …]"
    name = f"'{parameter.name}'" if isinstance(parameter.takes, Special) else parameter.name
    return f"{name}, …" if parameter.repeats else name


def table(functions: Iterable[Function]) -> Mapping[str, Function]:
    """Return functions by their names."""
    return MappingProxyType({function.name: function for function in functions})


def guarded(function: Function, source: str) -> Function:
    """Return a stranger's function that raises nothing but `Unknown`, and gives nothing but values.

    Args:
        function: As a plugin brought it.
        source: How a reason names the plugin.
    """

    def compute(view: View, *arguments: object) -> Value:
        try:
            value = ask(lambda: function.compute(view, *arguments), Unknown)
        except StrangersFault as error:
            raise Unknown(f"{function.name} of {source} failed: {error}") from error
        if value is None:
            raise Unknown(f"{function.name} of {source} gave no value")
        return value

    # What a stranger foresees is not relied on: its result may turn at any time.
    return replace(function, compute=compute, turns=next_second, passes=None)
