"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Health(Enum):
    """How grave a finding is."""

    FINE = "ok"
    DOUBTFUL = "warn"
    """It works now, and may not always."""
    BAD = "bad"
    """It does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    area: str
    """What it is about, such as ``time`` or ``connection house``."""
    health: Health
    text: str
    """What was seen, in a sentence without a capital and a full stop."""
    advice: str = ""
    """What to do about it; empty where it is fine."""
