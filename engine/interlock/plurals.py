"""Numbers of things as sentences say them."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with what it counts: ``1 line``, ``2 lines``.

    Args:
        count: How many there are.
        noun: What one of them is, with a verb where that follows: ``entry waits``.
        plural: What several are; by default the noun with an s.
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
