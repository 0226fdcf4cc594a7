"""How far a simulation is, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from interlock.cli.output import err
from interlock.clock import Clock, WallClock

if TYPE_CHECKING:
    from interlock.simulation.equipment import Equipment
    from interlock.simulation.faults.recurrence import Stretch
    from interlock.simulation.results import Happening

_PAUSE = timedelta(seconds=0.1)
"""Between two redraws: they cost more than a virtual hour."""
_BAR = 20
"""So wide that all of it fits into 80 columns."""


class ProgressBar:
    """Shows the virtual date, the speed and the time that is left.

    Args:
        progress: Draws; None where nobody looks.
        within: The time that is simulated.
        clock: Tells how long it takes.
    """

    def __init__(self, progress: Progress | None, within: Stretch, clock: Clock) -> None:
        self._progress = progress
        self._within = within
        self._clock = clock
        self._started = self._drawn = clock.monotonic()
        total_s = (within.ends - within.begins).total_seconds()
        self._task = progress.add_task("", total=total_s, date="", speed="") if progress else TaskID(0)

    def take(self, at: datetime, happening: Happening) -> None:
        """Show nothing of it."""

    def look(self, at: datetime, equipment: Equipment) -> None:
        """Show how far it is, unless that was shown just now."""
        now = self._clock.monotonic()
        is_over = at >= self._within.ends
        if self._progress is None or (now - self._drawn < _PAUSE and not is_over):
            return
        self._drawn = now
        passed = at - self._within.begins
        self._progress.update(
            self._task,
            completed=passed.total_seconds(),
            date=f"{at.astimezone(self._within.zone):%Y-%m-%d %H:%M}",
            speed=_speed(passed, now - self._started),
        )
        self._progress.refresh()


@contextmanager
def progress_of(within: Stretch) -> Iterator[ProgressBar]:
    """Give what shows how far a simulation is; it shows nothing where standard error is no terminal."""
    console = err()
    if not console.is_terminal or console.is_dumb_terminal:
        yield ProgressBar(None, within, WallClock())
        return
    columns = (
        TextColumn("{task.fields[date]}"),
        BarColumn(bar_width=_BAR),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, auto_refresh=False, transient=True) as progress:
        yield ProgressBar(progress, within, WallClock())


def _speed(passed: timedelta, took: timedelta) -> str:
    """Return how much faster than real time it goes."""
    return f"{passed / took:,.0f} times real time" if took else ""
