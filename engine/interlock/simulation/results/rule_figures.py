"""What the rules did, and why those that did nothing did not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from interlock.history.records import Firing, FiringEnd
from interlock.rules.rule import Decision, Mode, Rule, Verdict
from interlock.rules.triggers import points_of_trigger
from interlock.simulation.results.happening import Happening

_FAILED = ("broken off", "done, but")
"""How the outcomes of firings begin that did not do all that they should."""
_SKIPPED = "skipped"
_LONGEST = 80
"""Characters of a trigger that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """How often a rule did what."""

    rule: str
    fired: int = 0
    """It did its actions, or began to keep what it keeps."""
    otherwise: int = 0
    """It did its ``else``."""
    ended: int = 0
    """It did its ``finally``, or let go of what it kept."""
    held_back: int = 0
    """Cooldown, limit or a runaway stop kept it from firing."""
    held_why: str = ""
    """What did so the last time."""
    skipped: int = 0
    """It fired while it was still at work, and its mode lets no second one begin."""
    failed: int = 0
    """A firing was broken off, or one of its commands was not accepted."""
    failure: str = ""
    """How the last of those ended."""
    unmet: int = 0
    """A trigger came, and the condition was false."""
    unknown: int = 0
    """A trigger came, and the condition was unknown; or it was unknown whether one came."""
    first_at: datetime | None = None
    """When it fired first, UTC."""
    last_at: datetime | None = None
    why_not: str = ""
    """Why it never fired; empty where it did."""

    @property
    def acted(self) -> int:
        """How often it did anything."""
        return self.fired + self.otherwise + self.ended


@dataclass(slots=True)
class _Counts:
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    """Of looks that fired nothing."""
    done: Counter[Verdict] = field(default_factory=Counter)
    """Of looks that did something."""
    failed: int = 0
    failure: str = ""
    skipped: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    broken: str = ""
    """What was said last of an evaluation that failed."""
    held_why: str = ""
    """What held it back last."""
    last_reason: str = ""
    """What was said of the last look that did nothing, where that is not that the condition was false."""
    blind: int = 0
    """How often it was unknown whether a trigger came."""


_FIRED = (Verdict.FIRED, Verdict.KEPT)
_ENDED = (Verdict.ENDED, Verdict.LET_GO)


class RuleTally:
    """Counts what the rules of a site do.

    Args:
        rules: The site's.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._counts: defaultdict[str, _Counts] = defaultdict(_Counts)
        self._open: dict[str, str] = {}
        """The rules of firings that have not ended."""

    def take(self, at: datetime, happening: Happening) -> None:
        """Count what happened."""
        match happening:
            case Firing():
                self._fire(at, happening)
            case Decision():
                self._look(happening)
            case FiringEnd():
                self._end(happening)

    def figures(self, seen: Mapping[str, str]) -> Sequence[RuleFigures]:
        """Return what each rule did, in the order of the site's files.

        Args:
            seen: By point, what became of it in words: what a rule saw whose trigger never came.
        """
        return [self._figures(rule, seen) for rule in self._rules.values()]

    def _fire(self, at: datetime, firing: Firing) -> None:
        counts = self._counts[firing.decision.rule.id]
        counts.done[firing.decision.verdict] += 1
        self._open[firing.id] = firing.decision.rule.id
        if firing.decision.verdict in _FIRED:
            counts.first_at = counts.first_at or at
            counts.last_at = at

    def _look(self, decision: Decision) -> None:
        counts = self._counts[decision.rule.id]
        if decision.verdict is Verdict.CONDITION_UNKNOWN and not decision.condition:
            counts.blind += 1
            return
        counts.verdicts[decision.verdict] += 1
        if decision.verdict is not Verdict.CONDITION_FALSE:
            counts.last_reason = decision.reason
        if decision.verdict is Verdict.BROKEN:
            counts.broken = decision.note
        if decision.verdict is Verdict.HELD_BACK:
            counts.held_why = decision.note

    def _end(self, end: FiringEnd) -> None:
        rule = self._open.pop(end.firing, None)
        if rule is None:
            return
        counts = self._counts[rule]
        if end.outcome.startswith(_FAILED):
            counts.failed += 1
            counts.failure = end.outcome
        counts.skipped += end.outcome.startswith(_SKIPPED)

    def _figures(self, rule: Rule, seen: Mapping[str, str]) -> RuleFigures:
        counts = self._counts[rule.id]
        done, looked = counts.done, counts.verdicts
        fired = sum(done[each] for each in _FIRED)
        return RuleFigures(
            rule=rule.id,
            fired=fired,
            otherwise=done[Verdict.CONDITION_FALSE],
            ended=sum(done[each] for each in _ENDED),
            held_back=looked[Verdict.HELD_BACK],
            held_why=counts.held_why,
            skipped=counts.skipped + looked[Verdict.SKIPPED],
            failed=counts.failed + looked[Verdict.BROKEN],
            failure=counts.broken or counts.failure,
            unmet=looked[Verdict.CONDITION_FALSE] + done[Verdict.CONDITION_FALSE],
            unknown=looked[Verdict.CONDITION_UNKNOWN] + counts.blind,
            first_at=counts.first_at,
            last_at=counts.last_at,
            why_not="" if fired else _why_not(rule, counts, seen),
        )


def _why_not(rule: Rule, counts: _Counts, seen: Mapping[str, str]) -> str:
    if rule.mode is Mode.OFF:
        return "it is off"
    said = [
        f"{words} {_times(count)}"
        for verdict, words in _REASONS.items()
        if (count := counts.verdicts[verdict] + counts.done[verdict])
    ]
    if not said:
        blind = f"; it was unknown {_times(counts.blind)}" if counts.blind else ""
        return _nothing_came(rule, seen) + blind
    # Why a condition was false the last time, at midnight, tells less than how near it ever came.
    is_only_false = not counts.last_reason
    points = rule.condition.points if rule.condition and is_only_false else ()
    last = "" if is_only_false else f"; last: {counts.last_reason}"
    return f"{', '.join(said)}{last}{_seen(points, seen)}"


_REASONS = {
    Verdict.CONDITION_FALSE: "its condition was false",
    Verdict.CONDITION_UNKNOWN: "its condition was unknown",
    Verdict.HELD_BACK: "it was held back",
    Verdict.HOLD_BROKEN: "it did not last long enough",
    Verdict.BROKEN: "its evaluation failed",
}


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _nothing_came(rule: Rule, seen: Mapping[str, str]) -> str:
    if rule.keep is not None:
        text = _shortened(rule.keep.text_of_condition)
        return f"what it goes by never came: {text}{_seen(rule.keep.judged, seen)}"
    texts = " or ".join(_shortened(trigger.text) for trigger in rule.triggers)
    points = {point for trigger in rule.triggers for point in points_of_trigger(trigger)}
    return f"its trigger never came: {texts}{_seen(points, seen)}"


def _shortened(text: str) -> str:
    """Return the beginning of a text, which tells it from others of its rule; the rest stands in its file."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} …"


def _seen(points: Iterable[str], seen: Mapping[str, str]) -> str:
    return "".join(f"; {point} {seen[point]}" for point in sorted(points) if point in seen)
