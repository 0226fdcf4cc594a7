"""What can be wrong with the text of an expression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from interlock.errors import InterlockError, Severity


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """One finding in an expression. `offset` and `length` are in characters of the text as it was given."""

    offset: int
    length: int
    message: str
    hint: str = ""
    """What to do about it, such as ``did you mean 'hvacmode'?``; may be empty."""
    severity: Severity = Severity.ERROR


class ExpressionError(InterlockError):
    """An expression cannot be used. Carries every finding at once, warnings too, in the order of the text."""

    def __init__(self, problems: Iterable[ExpressionProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.offset))
        super().__init__("; ".join(p.message for p in self.problems if p.severity is Severity.ERROR))


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem before it has a place: what a typing rule says."""

    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


def did_you_mean(word: str | None) -> str:
    """Return the question that offers a name, or nothing where there is none to offer."""
    return f"did you mean '{word}'?" if word else ""
