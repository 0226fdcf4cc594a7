"""One read of many points: what is still to ask, what was answered, and when to stop asking."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from interlock import DriverError, NotSupported, Point, Target, TimedOut, Unreachable, Value
from interlock_thinknx.wire import Request, status_request

SILENCES = 3
"""Requests without an answer that end a batch in which nothing was answered: its other points would only
wait for the same silence, one timeout after the other."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and the points that its reply answers."""

    request: Request
    targets: list[Target] = field(default_factory=list)


class Batch:
    """Collects an answer for every target of one read.

    Args:
        targets: The points to read.
        silent: Requests that got no answer the last time, in the order to ask them in. They come after all
            others: a few dead devices must not keep the living ones from being read.
    """

    def __init__(self, targets: Sequence[Target], silent: Sequence[Request] = ()) -> None:
        self._answers: dict[Point, Value | DriverError] = {}
        self._verdict: DriverError | None = None
        self._is_answered = False
        self._silences = 0
        questions = self._ask_once(targets)
        self._doubtful = {request: place for place, request in enumerate(silent)}
        self._silent = [request for request in silent if request not in questions]
        waiting = sorted(questions.values(), key=lambda question: self._doubtful.get(question.request, -1))
        self._waiting = deque(waiting)

    @property
    def verdict(self) -> DriverError | None:
        """The error that concerns every point, once there is one."""
        return self._verdict

    @property
    def is_open(self) -> bool:
        """Whether there is something to ask, and use in asking."""
        return bool(self._waiting) and self._verdict is None

    @property
    def silent(self) -> Sequence[Request]:
        """The requests that got no answer in time, now or earlier; first those whose turn is next."""
        return (*(question.request for question in self._waiting_doubtful()), *self._silent)

    def take(self) -> Question | None:
        """Return the next question, or None where nothing shall be asked any more."""
        return self._waiting.popleft() if self.is_open else None

    def answer(self, target: Target, value: Value | DriverError) -> None:
        """Note what a reply says about a point."""
        self._is_answered = True
        self._note(target, value)

    def fail(self, question: Question, error: DriverError, server: str) -> None:
        """Note that a request got no reply."""
        for target in question.targets:
            self._note(target, error)
        if isinstance(error, TimedOut):
            self._silent.append(question.request)
            self._silences += 1
            if self._is_answered and question.request in self._doubtful:
                self._put_off_doubtful()
        if self._silences >= SILENCES and not self._is_answered and self._verdict is None:
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

    def _waiting_doubtful(self) -> Sequence[Question]:
        return [question for question in self._waiting if question.request in self._doubtful]

    def _put_off_doubtful(self) -> None:
        """Leave what was silent the last time for the next, when it comes before what is silent now.

        So dead devices cost each batch the time of one timeout, however many they are.
        """
        put_off = self._waiting_doubtful()
        self._waiting = deque(each for each in self._waiting if each.request not in self._doubtful)
        self._silent[:0] = [question.request for question in put_off]
        for question in put_off:
            error = TimedOut(f"{question.request.what} is silent, and waits its turn to be asked again")
            for target in question.targets:
                self._note(target, error)

    def _ask_once(self, targets: Iterable[Target]) -> Mapping[Request, Question]:
        """Return a question for each different request: one serves all the fields of a server's status."""
        questions: dict[Request, Question] = {}
        for target in targets:
            try:
                request = status_request(target)
            except NotSupported as error:
                self._answers[target.point] = error
            else:
                questions.setdefault(request, Question(request)).targets.append(target)
        return questions
