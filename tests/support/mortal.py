"""Work in a process of its own that is killed at any moment: after so many steps, or after so long a time.

Steps are calls, Python's and C's, of all threads: the same number ends the same work at the same place. What
happens inside one call, such as SQLite's commit, only time gets at.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """When a process is killed: whichever comes first; 0 is never."""

    after_steps: int = 0
    after_s: float = 0.0


NEVER = Death()


def survives(work: Callable[[], object], death: Death = NEVER) -> bool:
    """Do work in a process of its own; return whether it came to its end before it was killed.

    Raises:
        AssertionError: it failed by itself.
    """
    child = os.fork()
    if child == 0:
        _live(work, death)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return True


def steps_of(work: Callable[[], object]) -> int:
    """Return about how many steps work takes that nobody ends; it is done in a process of its own."""
    told, telling = os.pipe()

    def counted() -> None:
        count = _Count(sys.maxsize)
        count.begin()
        work()
        os.write(telling, str(count.steps).encode())

    assert survives(counted)
    os.close(telling)
    with os.fdopen(told) as answer:
        return int(answer.read())


def deaths(count: int, most_steps: int, longest_s: float, seed: int) -> list[Death]:
    """Return so many deaths, every other one by steps and by time."""
    dice = random.Random(seed)
    return [
        Death(after_steps=dice.randint(1, most_steps))
        if number % 2
        else Death(after_s=max(dice.uniform(0, longest_s), 1e-6))
        for number in range(count)
    ]


def _live(work: Callable[[], object], death: Death) -> None:
    try:
        if death.after_steps:
            _Count(death.after_steps).begin()
        if death.after_s:
            # As it is unless somebody takes it, it ends the process wherever that is.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, death.after_s)
        work()
        sys.setprofile(None)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException:  # noqa: BLE001 - the end of a process
        sys.setprofile(None)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


class _Count:
    """Counts steps, and kills its process after the last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.steps = 0

    def begin(self) -> None:
        """Count in this thread, and in all that begin from now on."""
        threading.setprofile(self._take)
        sys.setprofile(self._take)

    def _take(self, frame: FrameType, event: str, argument: object) -> None:
        self.steps += 1
        if self.steps >= self._most:
            os.kill(os.getpid(), signal.SIGKILL)
