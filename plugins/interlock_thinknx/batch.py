"""One read of many points: what is still to ask, what was answered, and when to stop asking."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from interlock import DriverError, NotSupported, Point, Target, TimedOut, Unreachable, Value
from interlock_thinknx.wire import Request, status_request

SILENCES = 3
"""Requests in a row without an answer that end a batch: its other points would only wait for the same
silence, one timeout after the other."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and the points that its reply answers."""

    request: Request
    targets: list[Target] = field(default_factory=list)


class Batch:
    """Collects an answer for every target of one read.

    Args:
        targets: The points to read.
        last: Requests to put at the end, since they got no answer the last time: a few dead devices
            must not keep the living ones from being read.
    """

    def __init__(self, targets: Sequence[Target], last: Set[Request]) -> None:
        self._answers: dict[Point, Value | DriverError] = {}
        self._verdict: DriverError | None = None
        self._silences = 0
        self._silent: set[Request] = set()
        questions = self._ask_once(targets)
        self._waiting = deque(sorted(questions, key=lambda question: question.request in last))

    @property
    def verdict(self) -> DriverError | None:
        """The error that concerns every point, once there is one."""
        return self._verdict

    @property
    def is_open(self) -> bool:
        """Whether there is something to ask, and use in asking."""
        return bool(self._waiting) and self._verdict is None

    @property
    def silent(self) -> Set[Request]:
        """The requests that got no answer in time."""
        return self._silent

    def take(self) -> Question | None:
        """Return the next question, or None where nothing shall be asked any more."""
        return self._waiting.popleft() if self.is_open else None

    def answer(self, target: Target, value: Value | DriverError) -> None:
        """Note what a reply says about a point."""
        self._silences = 0
        self._note(target, value)

    def fail(self, question: Question, error: DriverError, server: str) -> None:
        """Note that a request got no reply."""
        for target in question.targets:
            self._note(target, error)
        if isinstance(error, TimedOut):
            self._silent.add(question.request)
            self._silences += 1
        if self._silences >= SILENCES and self._verdict is None:
            self._verdict = Unreachable(f"{server} left {SILENCES} requests in a row unanswered")

    def finish(self) -> Mapping[Point, Value | DriverError]:
        """Return an answer for every target; those that were not asked get the verdict."""
        if self._verdict is not None:
            for question in self._waiting:
                for target in question.targets:
                    self._answers[target.point] = self._verdict
        return self._answers

    def _note(self, target: Target, value: Value | DriverError) -> None:
        self._answers[target.point] = value
        if isinstance(value, DriverError) and value.whole_connection:
            self._verdict = self._verdict or value

    def _ask_once(self, targets: Iterable[Target]) -> Iterable[Question]:
        """Return a question for each different request: one serves all the fields of a server's status."""
        questions: dict[Request, Question] = {}
        for target in targets:
            try:
                request = status_request(target)
            except NotSupported as error:
                self._answers[target.point] = error
            else:
                questions.setdefault(request, Question(request)).targets.append(target)
        return questions.values()
