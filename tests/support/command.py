"""What running a command in this process gives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Interlock(Protocol):
    """Runs a command."""

    def __call__(self, *arguments: str | Path) -> Done: ...
