"""Names that people give to things, and which of them expressions could not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable

from interlock.capabilities import nearest
from interlock.expressions import BUILT_IN, TRIGGER
from interlock.expressions.scope import SUN

_DEVICE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONNECTION = re.compile(r"\w[\w-]*")
# The words of jinja2's expressions. Source: jinja2 3.1, jinja2.parser, parse_condexpr to parse_primary.
_JINJA_WORDS = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"}
)
_FUNCTIONS = frozenset(function.name for function in BUILT_IN)


def device_name_fault(name: str, what: str = "device") -> str:
    """Return why a device, or what else expressions name, cannot have this name; empty where it can."""
    if not _DEVICE.fullmatch(name):
        return (
            f"'{name}' cannot name a {what}: "
            "use letters, digits and underscores, and do not begin with a digit"
        )
    if name in _JINJA_WORDS or name in TRIGGER or name == SUN:
        return f"'{name}' cannot name a {what}: it is a word of the expressions"
    if name in _FUNCTIONS:
        return f"'{name}' cannot name a {what}: it is a function of the expressions"
    return ""


def connection_name_fault(name: str) -> str:
    """Return why a connection cannot have this name; empty where it can."""
    if _CONNECTION.fullmatch(name):
        return ""
    return f"'{name}' cannot name a connection: use letters, digits, underscores and hyphens"


def notifier_name_fault(name: str) -> str:
    """Return why a notifier cannot have this name; empty where it can."""
    if _CONNECTION.fullmatch(name):
        return ""
    return f"'{name}' cannot name a notifier: use letters, digits, underscores and hyphens"


def did_you_mean(name: str, known: Iterable[str], kind: str) -> str:
    """Return a hint for a name that nothing has: the nearest known one, or all there are of the kind."""
    names = list(known)
    meant = nearest(name, names)
    if meant:
        return f"did you mean '{meant}'?"
    return f"{kind}: {', '.join(names)}" if names else f"there are no {kind}"
