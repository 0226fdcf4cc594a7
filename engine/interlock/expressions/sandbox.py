"""jinja2's sandbox, for what is rare enough to need no code of ours: filters, tests, fields, subscripts.

Only operands that are known go in, so jinja2 never sees an unknown and its own short-circuits decide nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from interlock.expressions.arithmetic import ARITHMETIC
from interlock.expressions.tree import placeholder
from interlock.expressions.types import ANY, BOOLEAN, LIST, NUMBER, TEXT, Kind, Type, ranged
from interlock.expressions.unknown import Unknown
from interlock.model import Value

FIELDS: Mapping[Kind, Mapping[str, Type]] = MappingProxyType(
    {
        Kind.INSTANT: {
            "year": NUMBER,
            "month": ranged(1, 12),
            "day": ranged(1, 31),
            "hour": ranged(0, 23),
            "minute": ranged(0, 59),
            "second": ranged(0, 59),
        },
        Kind.DURATION: dict.fromkeys(("days", "seconds"), NUMBER),
    }
)
"""What can be read of a value behind a dot. Instants are in the site's zone."""

METHODS: Mapping[Kind, Mapping[str, Type]] = MappingProxyType(
    {
        Kind.INSTANT: {
            "weekday": ranged(0, 6),
            "isoweekday": ranged(1, 7),
            "timestamp": NUMBER,
            "isoformat": TEXT,
            "strftime": TEXT,
        },
        Kind.DURATION: {"total_seconds": NUMBER},
        Kind.TEXT: {
            "lower": TEXT,
            "upper": TEXT,
            "strip": TEXT,
            "startswith": BOOLEAN,
            "endswith": BOOLEAN,
        },
    }
)
"""What can be called of a value behind a dot."""

FILTERS: Mapping[str, tuple[frozenset[Kind], Type]] = MappingProxyType(
    {
        "capitalize": (frozenset({Kind.TEXT}), TEXT),
        "title": (frozenset({Kind.TEXT}), TEXT),
        "trim": (frozenset({Kind.TEXT}), TEXT),
        "first": (frozenset({Kind.TEXT, Kind.LIST}), ANY),
        "last": (frozenset({Kind.TEXT, Kind.LIST}), ANY),
        "length": (frozenset({Kind.TEXT, Kind.LIST}), NUMBER),
        "sort": (frozenset({Kind.LIST}), LIST),
    }
)
"""jinja2's filters that may be used: what they take and what they give.

None can make a text longer than its parts: chained, `replace` and `join` would grow one without bounds.
"""

TESTS: Mapping[str, frozenset[Kind]] = MappingProxyType(
    {
        "divisibleby": frozenset({Kind.NUMBER}),
        "even": frozenset({Kind.NUMBER}),
        "odd": frozenset({Kind.NUMBER}),
        "lower": frozenset({Kind.TEXT}),
        "upper": frozenset({Kind.TEXT}),
        "number": frozenset(Kind),
        "string": frozenset(Kind),
        "boolean": frozenset(Kind),
    }
)
"""jinja2's tests that may be used, and what they take."""

_KINDS_OF_PYTHON: tuple[tuple[type, Kind], ...] = (
    (datetime, Kind.INSTANT),
    (timedelta, Kind.DURATION),
    (str, Kind.TEXT),
)


def _is_divisible(value: object, divisor: object) -> bool:
    return ARITHMETIC["%"](value, divisor) == 0


# jinja2's own would format a text that stands before the `%`.
_NUMBER_TESTS = {
    "divisibleby": _is_divisible,
    "even": lambda value: _is_divisible(value, 2),
    "odd": lambda value: not _is_divisible(value, 2),
}


class _Sandbox(ImmutableSandboxedEnvironment):
    """Lets through the fields and methods of the tables above, and nothing else."""

    intercepted_binops = frozenset(ARITHMETIC)

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False)
        self.binop_table = dict(ARITHMETIC)
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {name: self.tests[name] for name in TESTS} | _NUMBER_TESTS
        self.globals = {}

    def wrap_str_format(self, value: object) -> None:
        # jinja2 would let a text's `format` pass before it asks whether the attribute is safe.
        return None

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        return any(
            isinstance(obj, python) and (attr in FIELDS.get(kind, ()) or attr in METHODS.get(kind, ()))
            for python, kind in _KINDS_OF_PYTHON
        )


_SANDBOX = _Sandbox()


class SandboxedOperation:
    """One operation that jinja2 computes. Its context is made once: that takes longer than computing."""

    def __init__(self, node: nodes.Expr, count: int) -> None:
        body: list[nodes.Node] = [nodes.Assign(nodes.Name("result", "store", lineno=1), node, lineno=1)]
        tree = nodes.Template(body, lineno=1)
        tree.set_environment(_SANDBOX)
        template = _SANDBOX.from_string(tree)
        self._names = [placeholder(index) for index in range(count)]
        self._context = template.new_context()
        self._render = template.root_render_func

    def __call__(self, *operands: Value) -> Value:
        """Return the result.

        Raises:
            Unknown: there is none.
            Exception: any of `interlock.expressions.unknown.ERRORS`.
        """
        self._context.vars.update(zip(self._names, operands, strict=True))
        deque(self._render(self._context), maxlen=0)
        result: Value | Undefined | None = self._context.vars["result"]
        if result is None or isinstance(result, Undefined):
            raise Unknown(getattr(result, "_undefined_message", "it has no value"))
        return result
