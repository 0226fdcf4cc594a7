"""Where a driver's source calls a clock, as far as reading the source shows it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from interlock.driver import Driver

CLOCKS = frozenset(
    {
        "asyncio.sleep",
        "asyncio.get_running_loop().time",
        "asyncio.get_event_loop().time",
        "time.sleep",
        "time.time",
        "time.time_ns",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.localtime",
        "time.gmtime",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
    }
)
"""What waits, or tells the time."""


@dataclass(frozen=True, slots=True)
class ClockCall:
    """A call of a clock."""

    name: str
    module: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} calls {self.name}"


def clock_calls(driver: type[Driver]) -> Iterator[ClockCall]:
    """Yield the calls of clocks in a driver's module and in what that imports of its own package.

    What is imported inside a function, such as a simulator, is not followed.
    """
    waiting, seen = [driver.__module__], {driver.__module__}
    while waiting:
        name = waiting.pop()
        tree = _parsed(sys.modules[name])
        yield from _calls(name, tree)
        found = set(_siblings(sys.modules[name], tree)) - seen
        waiting.extend(sorted(found))
        seen |= found


def _parsed(module: ModuleType) -> ast.Module:
    """Return a module's syntax; of one that is not written in Python, an empty one."""
    path = Path(module.__file__ or "")
    return ast.parse(path.read_bytes() if path.suffix == ".py" else b"")


def _calls(module: str, tree: ast.Module) -> Iterator[ClockCall]:
    meanings = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _full_name(node.func, meanings)) in CLOCKS:
            yield ClockCall(name, module, node.lineno)


def _imported(tree: ast.Module) -> Mapping[str, str]:
    """Return what imported names stand for: ``{"dt": "datetime", "sleep": "asyncio.sleep"}``."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _full_name(node: ast.expr, meanings: Mapping[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return meanings.get(name, name)
        case ast.Attribute(value=value, attr=attribute):
            return f"{_full_name(value, meanings)}.{attribute}"
        case ast.Call(func=function):
            return f"{_full_name(function, meanings)}()"
        case _:
            return ""


def _siblings(module: ModuleType, tree: ast.Module) -> Iterator[str]:
    """Yield the loaded modules of the same top package that a module imports when it is loaded."""
    package = module.__name__.partition(".")[0]
    for node in tree.body:
        for name in _named(module, node):
            if name.partition(".")[0] == package and name in sys.modules:
                yield name


def _named(module: ModuleType, node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parents = (module.__package__ or "").split(".")
        above = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
        base = ".".join(filter(None, (above, node.module)))
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)
