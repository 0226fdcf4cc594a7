"""Calls into plugins' code while a site is loaded: whatever they raise is a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel

from interlock.config.credentials import Credentials
from interlock.config.nodes import MapNode
from interlock.config.validation import validate
from interlock.errors import Diagnostic, InvalidValue
from interlock.plugins import PluginSource
from interlock.strangers import StrangersFault, ask

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")


def read_settings(
    source: PluginSource,
    model: type[M],
    node: MapNode,
    *,
    what: str,
    beside: Sequence[str] = (),
    credentials: Credentials,
    problems: list[Diagnostic],
) -> M | None:
    """Return the settings that a plugin's model makes of a mapping, with its secrets made known.

    None after the findings that say why not; `what` and `beside` are those of `validate`.
    """
    credentials.note(model, node, problems)
    settings = call_plugin(
        source, lambda: validate(model, node, problems, what=what, beside=beside), node, problems
    )
    if settings is not None:
        credentials.register(settings)
    return settings


def call_plugin(
    source: PluginSource, action: Callable[[], R], node: MapNode, problems: list[Diagnostic]
) -> R | None:
    """Return what an action of a plugin gives, or None after the finding, at a node, that it failed.

    An `InvalidValue` is the plugin's word on what is written there, and no failure of its own.
    """
    try:
        return ask(action, InvalidValue)
    except InvalidValue as error:
        problems.append(node.mark.diagnostic(str(error)))
        return None
    except StrangersFault as error:
        problems.append(node.mark.diagnostic(f"{source} failed over this: {error}"))
        return None
