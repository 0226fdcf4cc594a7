"""The lines by which `interlock explain` tells of decisions, near misses, commands, claims and readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rich.text import Text

from interlock.cli.output import with_unit
from interlock.cli.receipts import STYLES
from interlock.config.site import Site
from interlock.durations import format_duration
from interlock.history.claims import PastClaim
from interlock.history.past import PastCommand, PastFiring, Spell
from interlock.history.records import Step
from interlock.history.values import decode_value
from interlock.model import (
    DEFAULT_PRIORITY,
    Outcome,
    Quality,
    Reading,
    Receipt,
    Value,
    format_command,
    format_value,
)
from interlock.plurals import counted
from interlock.rules.rule import Seen
from interlock.service.control.answers import ClaimLine, RuleLine
from interlock.service.explain.instants import shown
from interlock.service.explain.judging import Judged
from interlock.service.explain.standing import Part
from interlock.service.explain.stories import CommandStory, FiringStory, Gap, Missed, PointNow
from interlock.virtual import is_virtual

_TRUTHS = {True: "true", False: "false", None: "unknown"}
_KEEPING = ("while", "until", "always")
"""What stands for a trigger where a rule keeps something: its condition says the rest."""
_SECOND = timedelta(seconds=1)
_NOTABLE = timedelta(milliseconds=100)
"""An answer that came sooner came at once."""


class Line(NamedTuple):
    """One line, and how far it is indented."""

    text: Text | str
    depth: int = 0


def gap_line(gap: Gap, zone: ZoneInfo) -> str:
    """Return what the journal lacks, and that it is not told here."""
    if gap.since is None:
        return f"nothing of the past is told here: {gap.reason}"
    since = shown(gap.since, zone)
    if gap.until is None:
        return (
            f"the journal has not been written since {since} ({gap.reason}): "
            "what happened after is not told here"
        )
    until = shown(gap.until, zone)
    return f"the journal lacks some of what happened from {since} to {until} ({gap.reason})"


def point_now_lines(now: PointNow, zone: ZoneInfo) -> Iterator[Line]:
    """Yield what a point is now, how old that is, and who claims it."""
    account, line = now.account, now.account.line
    value = None if line.value is None else decode_value(line.value)
    age = _whole_age(now.at - account.read_at) if account.read_at else ""
    if value is not None:
        since = f"since {shown(line.changed_at, zone)}" if line.changed_at else ""
        told = [with_unit(value, account.unit), line.reason, since, f"read {age}" if age else ""]
        yield Line(", ".join(each for each in told if each))
    elif account.has_reading:
        why = line.reason or (
            "it was not read yet" if account.is_needed else "nobody needs it, so it is not read"
        )
        yield Line(f"unknown: {why}" + (f"; last good {age}" if age else ""))
    for claim in account.claims:
        yield Line(_claim_now(claim, zone))
    if not account.claims and account.is_writable:
        yield Line("nobody claims it")


def _claim_now(claim: ClaimLine, zone: ZoneInfo) -> str:
    until = f", until {shown(claim.until, zone)}" if claim.until else ""
    held = f"{format_value(decode_value(claim.value))} at priority {claim.priority} by {claim.owner}"
    return f"claimed: {held}, since {shown(claim.since, zone)}{until}: {claim.status}"


def rule_now_lines(line: RuleLine, zone: ZoneInfo) -> Iterator[Line]:
    """Yield what a rule is doing now."""
    counts = {"under way": line.running, "waiting": line.queued}
    told = [f"{counted(count, 'firing')} {word}" for word, count in counts.items() if count]
    if line.held:
        told.append(f"it holds {counted(line.held, 'point')}")
    if told:
        yield Line(", ".join(told))
    if line.fired_at:
        yield Line(f"it fired last at {shown(line.fired_at, zone)}")


def firing_lines(story: FiringStory, site: Site) -> Iterator[Line]:
    """Yield a firing: what made it, what it saw, what it did, and how it ended."""
    firing, zone = story.firing, site.timezone
    judged = f"{_squeezed(firing.condition)} was {_TRUTHS[firing.truth]}" if firing.condition else ""
    is_keeping = str(firing.cause) in _KEEPING
    yield Line(f"{shown(firing.at, zone)}  {firing.cause} {judged if is_keeping else ''}".rstrip())
    if judged and not is_keeping:
        yield Line(judged, 1)
    for found in story.judged:
        yield from _part_lines(found, 2)
    yield from (Line(_seen_text(seen, firing.at, site), 1) for seen in firing.seen)
    # A step stands before what came of it.
    happened: list[tuple[datetime, Step | CommandStory]] = [(step.at, step) for step in story.steps]
    happened += ((command.past.command.created_at, command) for command in story.commands)
    for _, event in sorted(happened, key=itemgetter(0)):
        lines = [Line(_step_text(event))] if isinstance(event, Step) else result_lines(event, zone)
        yield from (Line(line.text, line.depth + 1) for line in lines)
    yield Line(_end(firing), 1)


def _step_text(step: Step) -> str:
    return f"{step.text}: {step.note}" if step.note else step.text


def _end(firing: PastFiring) -> str:
    if not firing.outcome:
        return "it has not ended"
    lasted = firing.ended_at - firing.at if firing.ended_at else timedelta()
    return firing.outcome + (f", after {_length(lasted)}" if lasted >= timedelta(seconds=1) else "")


def _part_lines(found: Judged, depth: int) -> Iterator[Line]:
    """Yield what the parts of an expression came to, but for points: their values are told by themselves."""
    for part in found.parts:
        if part.since is None and part.read_at is None and part.text != found.text and not _is_name(part):
            yield Line(f"{part.text}: {_value(part)}", depth)
            yield from _part_lines(part, depth + 1)


def _is_name(found: Judged) -> bool:
    return all(piece.isidentifier() for piece in found.text.split("."))


def judged_lines(found: Judged, at: datetime, zone: ZoneInfo, depth: int) -> Iterator[Line]:
    """Yield what an expression came to at an instant, and every part of it, with since when."""
    if _is_name(found):
        since = f", since {shown(found.since, zone)} ({_ago(at - found.since)})" if found.since else ""
        known = f" = {format_value(found.value)}{since}"
        yield Line(f"{found.text}{known}" if found.value is not None else f"{found.reason}", depth)
        return
    yield Line(f"{found.text}: {_value(found)}", depth)
    for part in found.parts:
        yield from judged_lines(part, at, zone, depth + 1)


def _value(found: Judged) -> str:
    if found.value is None:
        return f"unknown: {found.reason}"
    return _TRUTHS[found.value] if isinstance(found.value, bool) else format_value(found.value)


def part_lines(part: Part) -> Iterator[Line]:
    """Yield how a trigger or a condition stands now: what of it keeps it from being true."""
    head = f"{_squeezed(part.what)} is {_TRUTHS[part.truth]}" if part.is_judged else part.what
    if [each.text for each in part.clauses] == [""]:
        yield Line(f"{head}: {part.clauses[0].reason}")
        return
    yield Line(f"{head}: {part.note}".removesuffix(": "))
    for each in part.clauses:
        yield Line(f"{each.text} is {_TRUTHS[each.truth]}: {each.reason}".removesuffix(": "), 1)


def past_part_lines(part: Part, at: datetime, zone: ZoneInfo) -> Iterator[Line]:
    """Yield how a trigger or a condition stood at an instant, with every value that it saw."""
    if part.judged is None:
        yield Line(f"{part.what}: {part.note}".removesuffix(": "))
        return
    yield Line(f"{_squeezed(part.what)} was {_TRUTHS[part.truth]}")
    parts = (part.judged,) if _is_name(part.judged) else part.judged.parts
    for each in parts:
        yield from judged_lines(each, at, zone, 1)


def near_miss_lines(missed: Missed, site: Site, limit: int, *, is_past: bool) -> Iterator[Line]:
    """Yield how often a rule looked and did not fire in one way, and the last times.

    Args:
        missed: What is known of it.
        site: Its points and its time zone.
        limit: How many times are told.
        is_past: Whether they are those until an instant: how many they were by then is not known.
    """
    total, lately, zone = missed.total, missed.lately[:limit], site.timezone
    since = "" if total.count == 1 else f" since {shown(total.first_at, zone)}"
    count = "" if is_past else f", {_times(total.count)}{since}"
    yield Line(f"{total.verdict.value}{count}: {total.trigger}")
    for spell in lately:
        yield Line(f"{_span(spell, zone)} {'' if spell.count > 1 else ' '}{_told(spell)}", 1)
        yield from (Line(_seen_text(each, spell.last_at, site), 2) for each in spell.seen)
    more = 0 if is_past else total.count - sum(spell.count for spell in lately)
    if more > 0 and lately:
        yield Line(f"and {more:,} more since {shown(total.first_at, zone)}", 1)
    elif not lately and not is_past:
        yield Line(f"{shown(total.last_at, zone)}  {total.reason}", 1)


def _span(spell: Spell, zone: ZoneInfo) -> str:
    if spell.count == 1:
        return shown(spell.last_at, zone)
    first, last = shown(spell.first_at, zone), shown(spell.last_at, zone)
    day = f"{first.partition(' ')[0]} "
    return f"{first} to {last.removeprefix(day)}, {_times(spell.count)}:"


def _told(spell: Spell) -> str:
    """Return why it missed, without the values, which are told by themselves."""
    seen = f" ({', '.join(map(str, spell.seen))})"
    reason = spell.reason.removesuffix(seen) if spell.seen else spell.reason
    told = reason.removeprefix(f"{spell.trigger}: ")
    return "it went unknown" if told == spell.trigger else told


def _seen_text(seen: Seen, at: datetime, site: Site) -> str:
    """Return a point as it was seen, and how old that was; the service's own points are never old."""
    target = site.targets.get(seen.point)
    unit = target.capability.unit if target else ""
    text = str(seen) if seen.value is None else f"{seen.point} = {with_unit(seen.value, unit)}"
    if seen.read_at is None or (target is not None and is_virtual(target)):
        return text
    age = _ago(at - seen.read_at)
    return f"{text}, read {age}" if seen.value is not None else f"{text}; last good {age}"


def command_lines(story: CommandStory, zone: ZoneInfo) -> Iterator[Line]:
    """Yield a command: when, by whom, why, and what became of it."""
    past = story.past
    first, *rest = result_lines(story, zone)
    yield Line(
        Text(f"{shown(past.command.created_at, zone)}  ")
        .append(first.text)
        .append(f", by {past.command.origin}")
    )
    if past.firing:
        yield Line(f"because {past.firing.reason}", 1)
    yield from (Line(line.text, line.depth + 1) for line in rest)


def result_lines(story: CommandStory, zone: ZoneInfo) -> Iterator[Line]:
    """Yield a command, what became of it, what was asked and answered, and what its point showed later."""
    past = story.past
    yield Line(_command_text(past))
    for earlier in story.receipts[:-1]:
        yield Line(f"first {_outcome(earlier)}", 1)
    receipt = past.receipt
    if receipt is None:
        return
    if receipt.exchange:
        yield Line(receipt.exchange, 1)
    if receipt.answer is not None and receipt.answer != past.command.value:
        yield Line(f"the device answers {format_value(receipt.answer)}", 1)
    if story.shown is not None:
        yield Line(_shown_later(story.shown, past.command.value, zone), 1)


def _shown_later(reading: Reading, wanted: Value | None, zone: ZoneInfo) -> str:
    if reading.is_usable and reading.value == wanted:
        return f"read back: {format_value(reading.value)}, since {shown(reading.at, zone)}"
    return f"a minute later it showed {_reading_text(reading, '')}"


def _command_text(past: PastCommand) -> Text:
    command = past.command
    priority = "" if command.priority == DEFAULT_PRIORITY else f" at priority {command.priority}"
    text = Text(f"{format_command(command)}{priority}: ")
    if past.receipt is None:
        return text.append("no receipt: it may have been executed", STYLES[Outcome.UNCERTAIN])
    text.append(_outcome(past.receipt), STYLES[past.receipt.outcome])
    return text.append(_effort(past.receipt))


def _outcome(receipt: Receipt) -> str:
    return f"{receipt.outcome.value}: {receipt.reason}" if receipt.reason else receipt.outcome.value


def _effort(receipt: Receipt) -> str:
    """Return how long a command took and how often it was sent, where that is worth a word."""
    took = receipt.at - receipt.command.created_at
    after = f", after {_length(took)}" if took >= _NOTABLE else ""
    return after + (f", in {receipt.attempts} attempts" if receipt.attempts > 1 else "")


def claim_line(past: PastClaim, zone: ZoneInfo) -> str:
    """Return who claimed a point, how strongly, and how that ended."""
    claim = past.claim
    held = f"{format_value(claim.value)} at priority {claim.priority} by {claim.owner}"
    return f"{shown(claim.since, zone)}  {held}{_end_of(past, zone)}"


def held_line(past: PastClaim, zone: ZoneInfo) -> str:
    """Return what somebody claimed, how strongly, and how that ended."""
    claim = past.claim
    held = f"{claim.point} = {format_value(claim.value)} at priority {claim.priority}"
    return f"{shown(claim.since, zone)}  {held}{_end_of(past, zone)}"


def _end_of(past: PastClaim, zone: ZoneInfo) -> str:
    if past.ended_at:
        return f", until {shown(past.ended_at, zone)}: {past.why}"
    return f", until {shown(past.claim.until, zone)}" if past.claim.until else ", still"


def reading_line(reading: Reading, unit: str, zone: ZoneInfo) -> str:
    """Return what a point was, and from when on."""
    return f"{shown(reading.at, zone)}  {_reading_text(reading, unit)}"


def _reading_text(reading: Reading, unit: str) -> str:
    value = with_unit(reading.value, unit)
    if reading.quality is Quality.GOOD:
        return value
    return f"{value} ({reading.quality.value}: {reading.reason})"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _ago(age: timedelta) -> str:
    return "at that moment" if age < timedelta(seconds=1) else f"{_length(age)} before"


def _whole_age(age: timedelta) -> str:
    return "just now" if age < timedelta(seconds=1) else f"{_length(age // _SECOND * _SECOND)} ago"


def _length(length: timedelta) -> str:
    """Return a length of time as exactly as a person wants it."""
    if length < timedelta(seconds=10):
        return format_duration(timedelta(seconds=round(length.total_seconds(), 1)))
    step = timedelta(seconds=1) if length < timedelta(hours=1) else timedelta(minutes=1)
    return format_duration(length // step * step)


def _squeezed(text: str) -> str:
    return " ".join(text.split())
