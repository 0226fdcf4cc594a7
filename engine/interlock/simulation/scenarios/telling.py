"""What came of a scenario, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from interlock.config.report import paragraph
from interlock.model import Outcome, Receipt, format_command
from interlock.plurals import counted
from interlock.rules.rule import Verdict
from interlock.simulation.scenarios.playing import Result
from interlock.simulation.scenarios.times import Clockwork

_MOST_SHOWN = 30
"""How many lines of what happened are shown of a scenario that failed."""
_VERBS = {
    Verdict.FIRED: "fires",
    Verdict.CONDITION_FALSE: "does its else",
    Verdict.ENDED: "does its finally",
    Verdict.KEPT: "keeps",
    Verdict.LET_GO: "lets go",
}


class Teller:
    """Tells of the results of a site's scenarios.

    Args:
        result: What came of a scenario.
        clockwork: Shows its times.
    """

    def __init__(self, result: Result, clockwork: Clockwork) -> None:
        self._result = result
        self._shown = clockwork.shown

    def failure(self, *, is_whole: bool = False) -> str:
        """Return what differs from what was expected, each at its line, and what happened.

        It is empty where nothing differs; of a long story the beginning is told, unless all of it is wanted.
        """
        if self._result.has_passed:
            return ""
        lines = [line for each in (self._faults(), self._differences()) for line in each]
        story = list(self.story(is_whole=is_whole))
        shown = story if is_whole or len(story) <= _MOST_SHOWN else [*story[:_MOST_SHOWN], _left_out(story)]
        return "\n".join([*lines, "what happened:", *(f"  {line}" for line in shown)])

    def message(self) -> str:
        """Return the first thing that differs, in one line; empty where nothing does."""
        result = self._result
        return next(iter([*result.faults, *(each.message for each in result.differences)]), "")

    def story(self, *, is_whole: bool = True) -> Iterator[str]:
        """Yield what happened, what rules did and what came of it, a line each.

        What rules keep and let go is left out unless all is wanted: the commands that come of it say it.
        """
        happened = [(each.at, "happens", each.text) for each in self._result.scenario.timeline]
        record = self._result.record
        said = [(each.at, "says", str(each)) for each in record.said()]
        commands = [(each.at, _kind(each), _command(each)) for each in record.receipts()]
        found = sorted(
            [*happened, *self._firings(is_whole=is_whole), *commands, *said], key=lambda line: line[0]
        )
        for at, kind, text in found:
            yield f"{self._shown(at)}  {kind:9}  {' '.join(text.split())}"

    def _firings(self, *, is_whole: bool) -> Iterator[tuple[datetime, str, str]]:
        for firing in self._result.record.firings():
            decision = firing.decision
            if not is_whole and decision.verdict in (Verdict.KEPT, Verdict.LET_GO):
                continue
            verb = _VERBS.get(decision.verdict, decision.verdict.value)
            yield decision.at, "rule", f"{decision.rule.id} {verb}: {decision.reason}"

    def _faults(self) -> Iterator[str]:
        for fault in self._result.faults:
            yield f"{self._result.scenario.place}: error: {fault}"

    def _differences(self) -> Iterator[str]:
        for each in self._result.differences:
            yield paragraph(each.mark.diagnostic(each.message))
            yield from (f"        {line}" for line in each.trace)


def teller_of(result: Result) -> Teller:
    """Return what tells of a result in its site's time."""
    return Teller(result, Clockwork(result.scenario.start, result.zone))


def _left_out(story: Sequence[str]) -> str:
    return f"and {counted(len(story) - _MOST_SHOWN, 'line')} more, which -v shows"


def _kind(receipt: Receipt) -> str:
    return "sent" if receipt.outcome is Outcome.ACCEPTED else receipt.outcome.value


def _command(receipt: Receipt) -> str:
    reason = f": {receipt.reason}" if receipt.reason else ""
    return f"{format_command(receipt.command)}, by {receipt.command.origin}{reason}"
