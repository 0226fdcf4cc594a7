"""The times that stand in a scenario's YAML: reported where they are wrong, remembered where right."""

from __future__ import annotations

from datetime import datetime, timedelta

from interlock.config.nodes import Mark, Node, ScalarNode
from interlock.rules.grammar.context import Context, shown
from interlock.simulation.scenarios.times import Clockwork, NoTime

AFTERMATH = timedelta(hours=1)
"""How long a scenario goes on after the last time in it, where it does not say until when."""


class Timing:
    """Reads the times of one scenario.

    Args:
        context: Takes the findings.
        clockwork: Says what texts mean.
    """

    def __init__(self, context: Context, clockwork: Clockwork) -> None:
        self.clockwork = clockwork
        self._context = context
        self._named: list[tuple[datetime, Mark]] = []

    def named(self, node: Node) -> datetime | None:
        """Return the instant that a node names, UTC; None after a finding."""
        found = self.read(shown(node) if isinstance(node, ScalarNode) else "", node.mark)
        return None if found is None else self.name(found, node.mark)

    def read(self, text: str, mark: Mark) -> datetime | None:
        """Return the instant that a text means, UTC; None after a finding."""
        try:
            return self.clockwork.instant(text)
        except NoTime as error:
            self._context.report(mark, str(error), error.hint)
            return None

    def name(self, instant: datetime, mark: Mark) -> datetime:
        """Remember an instant that a scenario must reach."""
        self._named.append((instant, mark))
        return instant

    def end(self, until: Node | None) -> datetime | None:
        """Return when the scenario is over, UTC; None after the finding that something comes later."""
        last = max((instant for instant, _ in self._named), default=self.clockwork.start)
        if until is None:
            return last + AFTERMATH
        end = self.read(shown(until), until.mark)
        if end is None:
            return None
        late: dict[Mark, datetime] = {}
        for instant, mark in self._named:
            if instant > end:
                late.setdefault(mark, instant)
        for mark, instant in late.items():
            message = f"{self.clockwork.shown(instant)} is after the end, {self.clockwork.shown(end)}"
            self._context.report(mark, message, "'until' says when the scenario is over")
        if end == self.clockwork.start:
            self._context.report(until, "the scenario would be over as soon as it begins")
        return None if late or end == self.clockwork.start else end
