"""Whether what came of a scenario is what was expected, and what differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from interlock.config.nodes import Mark
from interlock.durations import format_duration
from interlock.model import Outcome, Receipt, format_command, format_value
from interlock.rules.rule import Verdict
from interlock.simulation.scenarios.record import Record, Said
from interlock.simulation.scenarios.scenario import (
    Counted,
    ExpectCommand,
    ExpectFiring,
    ExpectMessage,
    ExpectNothingElse,
    ExpectThroughout,
    Saying,
    Scenario,
    Times,
    Wanted,
    Window,
    counted,
)
from interlock.simulation.scenarios.times import Clockwork
from interlock.simulation.scenarios.watching import known_id, rule_id

_MOST_SHOWN = 5
"""How many of the things that should not have come are shown."""
_FIRED = (Verdict.FIRED, Verdict.KEPT)


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that was not met."""

    mark: Mark
    text: str
    """What was expected of its subjects and what came."""
    trace: tuple[str, ...] = ()
    """What happened instead, a line each."""
    subjects: tuple[str, ...] = ()
    """What it is about, where that is one thing of several that are expected together."""

    @property
    def message(self) -> str:
        """It in one sentence."""
        return f"{', '.join(self.subjects)} {self.text}".strip()


def joined(differences: Iterable[Difference]) -> Iterator[Difference]:
    """Yield differences, those of one expectation that differ alike as one."""
    found: dict[tuple[Mark, str], Difference] = {}
    for each in differences:
        key = each.mark, each.text
        before = found.get(key)
        if before is None or not each.subjects:
            found[key] = each
            continue
        new = (line for line in each.trace if line not in before.trace)
        subjects, trace = (*before.subjects, *each.subjects), (*before.trace, *new)
        found[key] = replace(before, subjects=subjects, trace=trace)
    yield from found.values()


def count_of(expectation: Counted, record: Record) -> int:
    """Return how often something came in the window in which it is counted."""
    return len(list(coming(expectation, record)))


def coming(expectation: Counted, record: Record) -> Iterator[datetime]:
    """Yield when something came that is counted."""
    match expectation:
        case ExpectCommand():
            found = (each.at for each in of_command(expectation, record))
        case ExpectMessage():
            found = (each.at for each in record.said() if is_said(expectation, each))
        case ExpectFiring(rule=rule):
            decisions = (each.decision for each in record.firings())
            found = (each.at for each in decisions if each.rule.id == rule and each.verdict in _FIRED)
    yield from (at for at in found if expectation.window is None or expectation.window.has(at))


def of_command(expectation: ExpectCommand, record: Record) -> Iterator[Receipt]:
    """Yield the commands that are the one expected, whenever they came."""
    receipts = record.refused() if expectation.is_refused else record.sent()
    return (each for each in receipts if is_wanted(expectation.wanted, each))


def is_wanted(wanted: Wanted, receipt: Receipt) -> bool:
    """Whether a command is the one expected."""
    command = receipt.command
    return wanted.fits(command.point, command.value, command.fields)


def is_said(expectation: ExpectMessage, said: Said) -> bool:
    """Whether something that was said is what was expected."""
    parts = map(re.escape, expectation.pattern.split("*"))
    is_via = not expectation.via or expectation.via == said.via
    return (
        said.saying is expectation.saying
        and is_via
        and re.search(".*".join(parts), said.text, re.DOTALL) is not None
    )


class Judge:
    """Judges one scenario at its end.

    Args:
        scenario: What was expected.
        record: What came.
        clockwork: Shows times.
    """

    def __init__(self, scenario: Scenario, record: Record, clockwork: Clockwork) -> None:
        self._scenario = scenario
        self._record = record
        self._shown = clockwork.shown

    def counted(self, expectation: Counted) -> Difference | None:
        """Return what is wrong with how often something came; None where nothing is."""
        count = count_of(expectation, self._record)
        if expectation.times.fits(count):
            return None
        came = "it did not come" if count == 0 else f"it came {counted(count)}"
        wanted = f"{self._expected(expectation)}, and {came}{self._else_where(expectation, count)}"
        return Difference(expectation.mark, wanted, subjects=(self._what(expectation),))

    def throughout(self, number: int, expectation: ExpectThroughout) -> Difference | None:
        """Return when something was so that must never be; None where it never was."""
        found = list(self._record.violations(rule_id(number)))
        if not found and not any(self._record.violations(known_id(number))):
            points = " and ".join(sorted(expectation.wrong.points))
            return Difference(expectation.mark, f"it was never known: give {points} a value that can be read")
        if not found:
            return None
        first, text = found[0], expectation.text.partition(" ")[2]
        long = f" for {format_duration(expectation.after)}" if expectation.after else ""
        seen = f" ({', '.join(map(str, first.seen))})" if first.seen else ""
        was = f"{text} was {'true' if expectation.is_never else 'false'}{long}"
        more = f", and {counted(len(found) - 1)} more" if len(found) > 1 else ""
        return Difference(expectation.mark, f"{was} at {self._shown(first.at)}{seen}{more}")

    def nothing_else(self, expectation: ExpectNothingElse) -> Difference | None:
        """Return what came that nobody expected; None where nothing did."""
        found = sorted([*self._other_commands(), *self._other_messages()], key=lambda line: line[0])
        if not found:
            return None
        lines = [f"{self._shown(at)}  {text}" for at, text in found[:_MOST_SHOWN]]
        more = len(found) - len(lines)
        trace = (*lines, *([f"and {more} more"] if more else []))
        what = "something else came" if len(found) == 1 else f"{len(found)} other things came"
        return Difference(expectation.mark, what, trace)

    def _other_commands(self) -> Iterator[tuple[datetime, str]]:
        named = [each for each in self._scenario.expectations if isinstance(each, ExpectCommand)]
        # What a device did not do, though a rule wanted it, is no less of a surprise than what it did.
        for receipt in (*self._record.sent(), *self._record.failed()):
            command = receipt.command
            # What rules remember in virtual points is no effect on the building.
            is_device = command.point in self._record.devices
            if is_device and not any(self._is_named(each, receipt) for each in named):
                failed = f": it failed: {receipt.reason}" if receipt.outcome is Outcome.FAILED else ""
                yield receipt.at, f"{format_command(command)}, by {command.origin}{failed}"

    def _is_named(self, expectation: ExpectCommand, receipt: Receipt) -> bool:
        is_in_time = _is_in(expectation.window, receipt.at)
        return not expectation.is_refused and is_in_time and is_wanted(expectation.wanted, receipt)

    def _other_messages(self) -> Iterator[tuple[datetime, str]]:
        named = [each for each in self._scenario.expectations if isinstance(each, ExpectMessage)]
        for said in self._record.said():
            is_named = any(_is_in(each.window, said.at) and is_said(each, said) for each in named)
            if said.saying is not Saying.LOG and not is_named:
                yield said.at, str(said)

    def _what(self, expectation: Counted) -> str:
        match expectation:
            case ExpectCommand():
                return f"{'the refusal of ' if expectation.is_refused else ''}{_named(expectation.wanted)}"
            case ExpectMessage():
                via = f" via {expectation.via}" if expectation.via else ""
                return f"{expectation.saying.value}{via} '{expectation.pattern}'"
            case ExpectFiring():
                return f"a firing of rule {expectation.rule}"

    def _expected(self, expectation: Counted) -> str:
        window, times = expectation.window, expectation.times
        if window is None:
            return _expected(times)
        where = f"from {self._shown(window.start)} to {self._shown(window.end)}"
        return f"was expected {where}" if times == Times() else f"{_expected(times)} {where}"

    def _else_where(self, expectation: Counted, count: int) -> str:
        """Return when it came outside its window, where that explains something."""
        if expectation.window is None or count > 0:
            return ""
        found = list(coming(replace(expectation, window=None), self._record))
        return f" then, but at {', '.join(map(self._shown, found[:_MOST_SHOWN]))}" if found else ""


def _is_in(window: Window | None, instant: datetime) -> bool:
    return window is None or window.has(instant)


def _expected(times: Times) -> str:
    return "was not to come" if times.most == 0 else f"was expected {times}"


def _named(wanted: Wanted) -> str:
    if wanted.is_any:
        return f"a command for {wanted.point}"
    if wanted.fields:
        return f"{wanted.point} with {', '.join(f'{k}={format_value(v)}' for k, v in wanted.fields.items())}"
    value = "" if wanted.value is None else f" = {format_value(wanted.value)}"
    return f"{wanted.point}{value}{f' ± {wanted.tolerance:g}' if wanted.tolerance else ''}"
