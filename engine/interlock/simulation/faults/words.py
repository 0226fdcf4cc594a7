"""The words of a fault's text, read one after the other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from interlock.capabilities import nearest
from interlock.durations import parse_duration


class Words:
    """The words of a text, and how far it is read.

    Args:
        text: Words with blanks between them.
    """

    def __init__(self, text: str) -> None:
        self._words = text.split()
        self._next = 0

    @property
    def next(self) -> str:
        """The word that comes next; empty at the end."""
        return self._words[self._next] if self._next < len(self._words) else ""

    def take(self) -> str:
        """Return the next word, and go on; empty at the end."""
        word = self.next
        self._next += 1
        return word

    def skip(self, word: str) -> bool:
        """Go on behind a word if it comes next; return whether it did."""
        is_there = self.next == word
        self._next += is_there
        return is_there

    def length(self, of: str) -> timedelta:
        """Return the length of time that comes next.

        Args:
            of: What it says, such as ``how long it lasts``.

        Raises:
            ValueError: none does, or it is 0.
        """
        word = self.take()
        if not word:
            raise ValueError(f"a time is missing, {of}: write for example 10m, 2h or 3d")
        length = parse_duration(int(word) if word.isdecimal() else word)
        if not length:
            raise ValueError(f"the time, {of}, must be longer than 0")
        return length

    def end(self, *allowed: str) -> None:
        """Let the text end here.

        Raises:
            ValueError: there is more; the message says what could have come instead.
        """
        if self.next:
            raise ValueError(stranger(self.next, allowed))


def stranger(word: str, allowed: Collection[str]) -> str:
    """Return what is said of a word that cannot stand where it stands."""
    if not allowed:
        return f"nothing can follow here, and there is '{word}'"
    meant = nearest(word, allowed)
    hint = f"; did you mean '{meant}'?" if meant else ""
    *some, last = allowed
    choice = f"one of {', '.join(some)} and {last}" if some else f"'{last}'"
    return f"'{word}' is not understood here: it must be {choice}{hint}"
