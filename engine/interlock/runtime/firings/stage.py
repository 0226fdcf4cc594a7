"""What performers act on: the dispatcher, the state, the clock, other rules, the outer world."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from interlock.clock import Clock
from interlock.driver import Target
from interlock.expressions.view import View, with_names
from interlock.history.journal import Journal
from interlock.history.records import DRY_RUN, SHADOW_RULE, Saved, Step, Unfinished
from interlock.model import Event, Point, Value
from interlock.rules.state import State
from interlock.runtime.commands.arbiter import Arbiter
from interlock.runtime.commands.dispatcher import Dispatcher
from interlock.runtime.firings.outside import Outside
from interlock.runtime.firings.run import Further, Run
from interlock.runtime.firings.waits import Waits


class Rules(Protocol):
    """The rules of the site, as other rules may deal with them."""

    def switch(self, rule: str, *, is_on: bool, by: str) -> None:
        """Let a rule act or not, from now on and after a restart."""
        ...

    def cancel(self, rule: str, *, by: Run) -> int:
        """End what a rule is doing, but for the firing that says so; return how many firings that were."""
        ...

    def run(self, rule: str, variables: Mapping[str, Value], *, by: Run, path: str) -> Run | None:
        """Begin a firing of a rule; None where its mode lets no further one begin.

        The run that says so gets a note of its id at `path`, and the journal has both or neither.
        """
        ...

    def note_raised(self, event: str, *, by: Run) -> None:
        """Take in that a firing raises an event, which may set off others."""
        ...

    def running(self, firing: str) -> Run | None:
        """Return a firing that has not ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What performers act on."""

    dispatcher: Dispatcher
    arbiter: Arbiter
    state: State
    clock: Clock
    journal: Journal
    waits: Waits
    rules: Rules
    outside: Outside
    targets: Mapping[Point, Target]
    saved: dict[str, Mapping[str, Value]]
    """What ``save`` kept, by its name: values by point."""
    raise_event: Callable[[Event], None]
    notice_way: Callable[[Run, str], None]
    """Is told which list of actions a run begins, by its path, and whether what it waited for came."""
    new_id: Callable[[], str]
    dice: random.Random
    dry_run: bool

    def view(self, run: Run, further: Further) -> View:
        """Return the state at this moment, with the names that the run's expressions find."""
        self.state.look_at(self.clock)
        return with_names(self.state, run.seen(further))

    def why_unsent(self, run: Run) -> str:
        """Return why nothing of a run is sent; empty where it is."""
        if run.is_shadow:
            return SHADOW_RULE
        return DRY_RUN if self.dry_run else ""

    def trace(self, run: Run, text: str, note: str) -> None:
        """Journal what came of a step."""
        self.journal.record(Step(run.id, self.clock.now(), text, note))

    def save(self, name: str, values: Mapping[str, Value]) -> None:
        """Keep values under a name, also over a restart."""
        self.saved[name] = values
        self.journal.record(Saved(name, values))

    def keep(self, run: Run) -> None:
        """Journal where a run is, so that it goes on there after a restart."""
        self.journal.record(unfinished(run, is_dry=self.dry_run))


def unfinished(run: Run, *, is_dry: bool) -> Unfinished:
    """Return what is needed to go on with a run."""
    return Unfinished(
        firing=run.id,
        rule=run.rule.id,
        digest=run.rule.digest,
        part=run.part.value,
        names=run.names,
        variables=dict(run.variables),
        notes=run.progress.notes,
        is_dry=is_dry,
    )
