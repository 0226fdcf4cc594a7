"""Calls into plugins' code while a site is loaded: whatever they raise is a finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from interlock.config.nodes import Mark
from interlock.errors import Diagnostic
from interlock.plugins import PluginSource

R = TypeVar("R")


def call_plugin(
    source: PluginSource, action: Callable[[], R], mark: Mark, problems: list[Diagnostic]
) -> R | None:
    """Return what an action of a plugin gives, or None after the finding that it failed."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - a stranger's code must not stop the loading
        text = " ".join(f"{source} failed over this: {type(error).__name__}: {error}".split())
        problems.append(mark.diagnostic(text))
        return None
