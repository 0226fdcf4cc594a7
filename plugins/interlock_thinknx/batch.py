"""One read of many points: what is still to ask, what was answered, and when to stop asking."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from interlock import DriverError, NotSupported, Point, Target, TimedOut, Unreachable, Value
from interlock_thinknx.memory import Memory, Standing
from interlock_thinknx.wire import Request, status_request

SILENCES = 3
"""Requests without an answer after which the others are only looked at briefly; and where nothing else is
answered either, the server is taken for silent."""

LOOKS = 64
"""Requests without any answer that end a read. So many dead devices may hide a living one from its first
read; a server that hangs is not asked for all of its points."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and the points that its reply answers."""

    request: Request
    targets: list[Target] = field(default_factory=list)


class Batch:
    """Collects an answer for every target of one read.

    Requests that were silent the last time come last, and the first of them that is silent again ends the
    read: so dead devices cost it one timeout, however many they are.

    Args:
        targets: The points to read.
        memory: What earlier reads of the connection learned.
    """

    def __init__(self, targets: Sequence[Target], memory: Memory) -> None:
        self._memory = memory
        self._answers: dict[Point, Value | DriverError] = {}
        self._verdict: DriverError | None = None
        self._heard_before = memory.answers
        self._silent: list[Request] = []
        self._surprises = 0
        self._questions = self._ask_once(targets)
        self._waiting = deque(self._questions[each] for each in memory.in_turn(self._questions.keys()))

    @property
    def verdict(self) -> DriverError | None:
        """The error that concerns every point, once there is one."""
        return self._verdict

    @property
    def is_open(self) -> bool:
        """Whether there is something to ask, and use in asking."""
        return bool(self._waiting) and self._verdict is None and not self._is_given_up

    @property
    def is_brief(self) -> bool:
        """Whether there was so much silence that the others get a short look each, not the whole time."""
        return self._surprises >= SILENCES

    @property
    def witness(self) -> Request | None:
        """The request that tells a silent server from silent devices, where only it can tell."""
        witness = self._memory.witness
        is_needed = self._is_unheard and self._verdict is None and self._memory.standing is Standing.UP
        return witness if is_needed and witness not in self._questions else None

    def take(self) -> Question | None:
        """Return the next question, or None where nothing shall be asked any more."""
        return self._waiting.popleft() if self.is_open else None

    def answer(self, question: Question, answers: Mapping[Point, Value | DriverError]) -> None:
        """Note what the reply to a question says about its points."""
        self._memory.hear(question.request)
        for point, value in answers.items():
            self._note(point, value)

    def fail(self, question: Question, error: DriverError) -> None:
        """Note that a request got no reply."""
        for target in question.targets:
            self._note(target.point, error)
        if isinstance(error, TimedOut):
            self._miss(question.request)

    def finish(self, server: str) -> Mapping[Point, Value | DriverError]:
        """Return an answer for every target, and let the memory learn.

        Args:
            server: How messages name the server.
        """
        if self._verdict is None and self._is_unheard:
            self._verdict = Unreachable(f"{server} left {len(self._silent)} requests in a row unanswered")
            # Not each of them is silent, but the server: that is one fault, which is said once.
            self._answers = {p: a for p, a in self._answers.items() if not isinstance(a, TimedOut)}
        self._learn()
        for question in self._questions.values():
            for target in question.targets:
                self._answers.setdefault(target.point, self._excuse(question.request))
        return self._answers

    @property
    def _is_unheard(self) -> bool:
        """Whether nobody answers, here or beside: one silent device or two prove nothing of the server."""
        is_heard = self._memory.answers > self._heard_before
        return not is_heard and self._surprises >= SILENCES

    @property
    def _is_given_up(self) -> bool:
        most = SILENCES if self._memory.standing is Standing.LOST else LOOKS
        return self._is_unheard and self._surprises >= most

    def _miss(self, request: Request) -> None:
        self._silent.append(request)
        if self._memory.standing is Standing.UP and self._memory.is_silent(request):
            # It comes after all that answer, so only the likes of it are left.
            self._waiting.clear()
        else:
            self._surprises += 1

    def _learn(self) -> None:
        late = [question.request for question in self._waiting]
        self._memory.put_off(self._questions.keys(), late)
        if self._verdict is not None:
            # Nobody knows which of them are dead: all are asked again once the server answers.
            self._memory.standing = Standing.LOST
            return
        self._memory.miss(self._silent)
        if self._memory.answers > self._heard_before:
            self._memory.standing = Standing.UP

    def _excuse(self, request: Request) -> DriverError:
        """Return what is said of a point whose request got no turn, or was cut off."""
        if self._verdict is not None:
            return self._verdict
        if self._memory.is_silent(request):
            return TimedOut(f"{request.what} is silent, and is asked again when its turn comes")
        return TimedOut(
            f"{request.what} had no turn: the connection's rate or concurrency is too low for its points"
        )

    def _note(self, point: Point, value: Value | DriverError) -> None:
        self._answers[point] = value
        if isinstance(value, DriverError) and value.whole_connection:
            self._verdict = self._verdict or value

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
