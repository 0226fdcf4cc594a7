"""From a checked expression to a Python function.

The code is one expression. None is the unknown: points are read by the state's own ``get``, each operand
that can be unknown is kept in a variable and asked for None before it is used, so that no exception is
raised and no function called for what is merely unknown. No text of the user's enters the code: constants,
points and functions are bound to names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

from interlock.expressions.arithmetic import ARITHMETIC
from interlock.expressions.comparisons import as_condition
from interlock.expressions.sandbox import SandboxedOperation
from interlock.expressions.tree import (
    Call,
    Conditional,
    Constant,
    Given,
    Logic,
    OfKnown,
    Operation,
    Part,
    PointRead,
    may_raise,
)
from interlock.expressions.unknown import ERRORS, describe
from interlock.expressions.view import View
from interlock.model import Point, Truth, Value

Get = Callable[[Point], Value | None]
_Truth: TypeAlias = Callable[[View], Truth]
_Computed: TypeAlias = Callable[[View, Get, list[str]], Value | None]

_SOURCE = """
def make({bound}):
    def truth(view, notes=None):
        try:
            return {truth}
        except ERRORS:
            return None

    def value(view, get, notes):
        return {value}

    return truth, value
"""
_MOST_SHAPES = 4096


# Not frozen, as nodes are not: it is made for each expression, and nobody writes to it.
@dataclass(slots=True)
class Generated:
    """An expression as Python."""

    truth: _Truth
    """Whether it holds; None for unknown. Never raises."""
    value: _Computed
    """The value, or None with the errors of guarded operands in the list; raises any of `ERRORS`."""
    source: str
    bound: tuple[object, ...]
    """What the names in the code stand for."""
    is_compiled: bool
    """Whether it runs without jinja2."""

    def about(self, names: Mapping[Point, Point]) -> Generated:
        """Return the same about other points."""
        bound = tuple(names[each] if isinstance(each, Point) else each for each in self.bound)
        made, computed = _maker(self.source)(*bound)
        return Generated(made, computed, self.source, bound, self.is_compiled)


def generate(part: Part, *, in_sandbox: bool = False) -> Generated:
    """Return an expression as Python functions.

    Args:
        in_sandbox: Let jinja2 compute every operation that it can. Slower, with the same results.
    """
    writer = _Writer(in_sandbox)
    value = writer.whole(part)
    # Called as a method it needs no bound method: a third of what a plain comparison costs.
    writer.get = "view.values.get"
    truth = writer.whole(as_condition(part))
    source = _SOURCE.format(bound=", ".join(writer.bound), truth=truth, value=value)
    bound = tuple(writer.bound.values())
    made, computed = _maker(source)(*bound)
    return Generated(made, computed, source, bound, not writer.uses_sandbox)


@lru_cache(maxsize=_MOST_SHAPES)
def _maker(source: str) -> Callable[..., tuple[_Truth, _Computed]]:
    """Return the function that makes an expression of what is bound to its names.

    Rules of one building are much alike: the code of those that differ in points and numbers is the same.
    """
    names: dict[str, object] = dict(_KNOWN)
    exec(compile(source, "<expression>", "exec"), names)
    return cast("Callable[..., tuple[_Truth, _Computed]]", names["make"])


def _guard(operand: Callable[[], Value | None], notes: list[str] | None) -> Value | None:
    """Return an operand of ``and`` or ``or``; what cannot be computed is unknown there, and not more."""
    try:
        return operand()
    except ERRORS as error:
        if notes is not None:
            notes.append(describe(error))
        return None


def _of_known(compute: Callable[..., Value], view: View, operands: Sequence[Value | None]) -> Value | None:
    """Return what a function makes of the operands that are known; None where none is."""
    known = [each for each in operands if each is not None]
    return compute(view, *known) if known else None


_KNOWN = {"ERRORS": ERRORS, "arithmetic": ARITHMETIC, "guard": _guard, "of_known": _of_known}


@dataclass(frozen=True, slots=True)
class _Written:
    """Code that is valid where every check is false; a check asks whether something is None."""

    checks: tuple[str, ...]
    code: str
    unchecked: str = ""
    """The same with None for unknown, where that is shorter than asking for it."""

    @property
    def whole(self) -> str:
        if self.unchecked:
            return self.unchecked
        return f"(None if {' or '.join(self.checks)} else {self.code})" if self.checks else self.code


class _Writer:
    def __init__(self, in_sandbox: bool) -> None:
        self.bound: dict[str, object] = {}
        self.uses_sandbox = False
        self.get = "get"
        """What reads a point, in the code."""
        self._in_sandbox = in_sandbox
        self._variables = 0

    def whole(self, part: Part) -> str:
        """Return code whose value is the part's, None where it is unknown."""
        return self._write(part).whole

    def _write(self, part: Part) -> _Written:
        match part:
            case Constant(value):
                return _Written((), self._literal(value))
            case Given(value):
                return _Written((), self._bind(value))
            case PointRead(point):
                return self._checked(f"{self.get}({self._bind(point)})")
            case Logic():
                return self._checked(self._logic(part))
            case Conditional():
                return self._checked(self._conditional(part))
            case Operation():
                return self._operation(part)
            case Call(compute, operands):
                return self._called(compute, ("view",), operands)
            case OfKnown(compute, operands):
                code = ", ".join(self._guarded(operand) for operand in operands)
                return self._checked(f"of_known({self._bind(compute)}, view, ({code},))")

    def _literal(self, value: object) -> str:
        return repr(value) if isinstance(value, bool) else self._bind(value)

    def _bind(self, value: object) -> str:
        name = f"bound_{len(self.bound)}"
        self.bound[name] = value
        return name

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _checked(self, code: str) -> _Written:
        variable = self._variable()
        return _Written((f"({variable} := {code}) is None",), variable, unchecked=code)

    def _operation(self, part: Operation) -> _Written:
        shape = part.node
        if shape is None or (part.inline and not self._in_sandbox):
            operands = [self._write(operand) for operand in part.operands]
            checks = tuple(check for operand in operands for check in operand.checks)
            return _Written(checks, part.inline.format(*(operand.code for operand in operands)))
        self.uses_sandbox = True
        return self._called(SandboxedOperation(shape, len(part.operands)), (), part.operands)

    def _called(
        self, function: Callable[..., Value], first: tuple[str, ...], parts: tuple[Part, ...]
    ) -> _Written:
        operands = [self._write(part) for part in parts]
        checks = tuple(check for operand in operands for check in operand.checks)
        arguments = ", ".join((*first, *(operand.code for operand in operands)))
        return _Written(checks, f"{self._bind(function)}({arguments})")

    def _logic(self, part: Logic) -> str:
        """Write Kleene's table: one operand that decides, else one that is unknown, else the other truth."""
        decisive = not part.is_and
        variables = [(self._variable(), self._guarded(operand)) for operand in part.operands]
        decided = " or ".join(f"({variable} := {code}) is {decisive}" for variable, code in variables)
        unknown = " or ".join(f"{variable} is None" for variable, _ in variables)
        return f"({decisive} if {decided} else None if {unknown} else {not decisive})"

    def _guarded(self, part: Part) -> str:
        code = self.whole(part)
        return f"guard(lambda: {code}, notes)" if may_raise(part) else code

    def _conditional(self, part: Conditional) -> str:
        test = self._write(part.test)
        chosen = f"({self.whole(part.then)} if {test.code} else {self.whole(part.otherwise)})"
        return _Written(test.checks, chosen).whole
