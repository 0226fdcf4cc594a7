"""What reads the projects of other tools, so that their devices need not be typed in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from interlock.driver import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file held."""

    found: Sequence[Found]
    left_out: Sequence[str] = ()
    """A sentence for each thing that did not become a device: what it is, and why."""


class Importer(ABC):
    """Reads one kind of file."""

    name: ClassVar[str]
    """What ``interlock import NAME`` names."""
    description: ClassVar[str]
    drivers: ClassVar[tuple[str, ...]]
    """The drivers whose connections can have what it finds."""

    @classmethod
    @abstractmethod
    def read(cls, path: Path, password: str) -> Imported:
        """Return the devices that a file declares.

        Args:
            path: The file.
            password: What opens it; empty where none was given.

        Raises:
            ImportFailed: the file cannot be read as what it should be, or not without a password.
        """
