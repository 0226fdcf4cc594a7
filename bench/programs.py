"""The benchmarks, by name: the program of each, and the options by which it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

QUICK: Mapping[str, Sequence[str]] = {
    "rules": ("rules.py",),
    "conditions": ("conditions.py",),
    "loading": ("loading.py",),
    "polling": ("polling.py",),
    "founten": ("founten.py",),
    "schedules": ("schedules.py",),
    "start": ("start.py",),
    "idle": ("idle.py",),
    "growth": ("growth.py",),
    "simulate": ("simulate.py",),
    "plant": ("plant.py",),
}
"""Those that take one to three minutes."""
SLOW: Mapping[str, Sequence[str]] = {"year": ("simulate.py", "--year"), "peers": ("peers.py",)}
"""Those that run only where they are asked for, where results are kept, or where what they need is there."""


def command_of(name: str) -> str:
    """Return how one is run by itself, with its own Python."""
    program, *options = {**QUICK, **SLOW}[name]
    return " ".join(("python", f"bench/{program}", *options))
