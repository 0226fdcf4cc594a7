"""Where a firing is in its actions, so that it can go on there after a restart or a reload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from interlock.model import Value

Notes: TypeAlias = Mapping[str, Mapping[str, Value]]
"""By the path of an action, what it must still know. The path of an action's third step is ``1/2``."""


class Progress:
    """What the actions that have begun and not ended must still know."""

    def __init__(self, notes: Notes | None = None) -> None:
        self._notes = {path: dict(note) for path, note in (notes or {}).items()}

    @property
    def notes(self) -> Notes:
        """Everything, as it is now."""
        return {path: dict(note) for path, note in self._notes.items()}

    def get(self, path: str, key: str) -> Value | None:
        """Return what an action noted; None where it noted nothing."""
        return self._notes.get(path, {}).get(key)

    def put(self, path: str, **values: Value) -> None:
        """Note something for an action, beside what it noted before."""
        self._notes.setdefault(path, {}).update(values)

    def drop(self, path: str) -> None:
        """Forget what an action and everything inside it noted: it has ended."""
        inside = path + "/"
        self._notes = {
            key: note for key, note in self._notes.items() if key != path and not key.startswith(inside)
        }
