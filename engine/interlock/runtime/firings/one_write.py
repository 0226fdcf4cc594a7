"""Firings that write once and do nothing else: most of them.

Nothing in them waits but their end, so they have no task. A task with the timers and futures by which it
waits takes several times as long as all that such a firing does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from interlock.model import Receipt
from interlock.rules.actions import WriteAction
from interlock.runtime.firings.run import Place, Run
from interlock.runtime.firings.stage import Stage
from interlock.runtime.firings.writer import Writer, may_repeat
from interlock.runtime.supervision import Supervisor

Conclude = Callable[[Run, BaseException | None], None]
"""Takes in that a run has ended, and by what error if by one."""
Attempt = Callable[[Run, Callable[[], None]], bool]
"""Does a part of a run; says whether it goes on, or has ended by an error, which was taken in."""


def is_one_write(run: Run) -> bool:
    """Whether all that a run has to do is one action that writes."""
    match run.actions:
        case (WriteAction(),):
            return run.progress.get("", "next") is None
    return False


class OneWrite:
    """A run that writes once.

    Args:
        run: What does so, `is_one_write`.
        stage: What it acts on.
        supervisor: Ends the service where this fails.
        attempt: The wall around what rules do.
        conclude: Writes down how the run ended.
    """

    def __init__(
        self, run: Run, stage: Stage, *, supervisor: Supervisor, attempt: Attempt, conclude: Conclude
    ) -> None:
        self._run = run
        self._stage = stage
        self._attempt = attempt
        self._conclude = conclude
        self._receipts: Iterator[asyncio.Future[Receipt]] = iter(())
        self._loop = asyncio.get_running_loop()
        self.over = self._loop.create_future()
        """Is done when the run has ended; to cancel it ends the run, as that of a task does."""
        guarded, name = supervisor.guarded, f"rule {run.rule.id}"
        self._finish_guarded = guarded(self._finish, name)
        self.over.add_done_callback(guarded(self._look, name))
        # In a turn to come, as a task begins: all firings of a moment are written down before one acts.
        self._loop.call_soon(guarded(self._begin, name))

    def _begin(self) -> None:
        if self.over.done():
            return
        if not self._attempt(self._run, self._write):
            self.over.set_result(None)
            return
        self._receipts = iter(self._run.receipts)
        if first := next(self._receipts, None):
            first.add_done_callback(self._await)
        else:
            self._end()

    def _write(self) -> None:
        run, stage, (action,) = self._run, self._stage, self._run.actions
        assert isinstance(action, WriteAction)
        stage.notice_way(run, "")
        stage.waits.check()
        if not may_repeat(action):
            # Otherwise it begins anew after a restart, as it was written down with the firing.
            run.progress.put("", next=1)
            stage.keep(run)
        Writer(run, stage).send(action, Place(run.receipts).step(0))

    def _await(self, _: asyncio.Future[Receipt]) -> None:
        """Wait for the next receipt that has not come, or else for nothing more."""
        for receipt in self._receipts:
            if not receipt.done():
                receipt.add_done_callback(self._await)
                return
        self._loop.call_soon(self._finish_guarded)

    def _finish(self) -> None:
        if not self.over.done():
            self._end()

    def _end(self) -> None:
        self._conclude(self._run, None)
        self.over.set_result(None)

    def _look(self, over: asyncio.Future[None]) -> None:
        if over.cancelled():
            self._conclude(self._run, asyncio.CancelledError())
