"""Printing what the journal tells of a rule or a point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from interlock.cli.output import local, say, with_unit
from interlock.cli.receipts import STYLES
from interlock.config.site import Site
from interlock.history.claims import PastClaim
from interlock.history.past import NearMiss, PastCommand
from interlock.model import Outcome, Quality, Reading, Receipt, format_command, format_value
from interlock.rules.rule import Mode
from interlock.service.explain.stories import (
    Edit,
    FiringStory,
    InterlockStory,
    PointStory,
    RuleStory,
    Story,
)
from interlock.service.standing import Part

_INDENT = "    "
_TRUTHS = {True: "true", False: "false", None: "unknown"}


def show(story: Story, site: Site) -> None:
    """Print a story."""
    match story:
        case RuleStory():
            _show_rule(story, site)
        case PointStory():
            _show_point(story, site)
        case InterlockStory():
            _show_interlock(story, site)


def _show_rule(story: RuleStory, site: Site) -> None:
    what = f": {story.description}" if story.description else ""
    say(Text(f"rule {story.rule}", "bold").append(what, "not bold"))
    for line in _state_lines(story):
        say(line)
    _show("fired", [_firing_lines(firing, site) for firing in story.firings], "it has not fired")
    if story.claims:
        _show("held", [[_held_line(each, site)] for each in story.claims], "")
    _show_edits(story.edits, site)
    if story.near_misses:
        _show("looked and did not fire", [_near_miss_lines(miss, site) for miss in story.near_misses], "")
    if story.standing:
        at = local(story.standing.run.seen_at, site.timezone)
        _show(f"at {at}, when the service was last seen", list(map(_part_lines, story.standing.parts)), "")


def _state_lines(story: RuleStory) -> Iterator[str]:
    if story.mode is Mode.OFF:
        yield "it is off (enabled: false): nothing makes it look"
    elif story.mode is Mode.SHADOW:
        yield "it is in the shadow (enabled: shadow): it is evaluated, and nothing is sent"
    if not story.has_run:
        yield "no service has run with this journal yet"
    elif story.standing and story.standing.run.is_dry_run:
        yield "the service runs dry (--dry-run): nothing is sent"


def _part_lines(part: Part) -> list[Text | str]:
    head = f"{part.what} is {_TRUTHS[part.truth]}" if part.is_judged else part.what
    if [each.text for each in part.clauses] == [""]:
        return [f"{head}: {part.clauses[0].reason}"]
    lines = [
        f"{each.text} is {_TRUTHS[each.truth]}: {each.reason}".removesuffix(": ") for each in part.clauses
    ]
    return [f"{head}: {part.note}".removesuffix(": "), *lines]


def _show_point(story: PointStory, site: Site) -> None:
    capability = site.targets[story.point].capability
    say(Text(f"point {story.point}", "bold").append(f": {capability.description}", "not bold"))
    if story.claims:
        _show("claimed", [[_claim_line(each, site)] for each in story.claims], "")
    _show_edits(story.edits, site)
    if capability.writable:
        _show("commanded", [_command_lines(each, site) for each in story.commands], "nobody commanded it")
    if capability.has_reading:
        readings = [[_reading_line(reading, site)] for reading in story.readings]
        _show("read", readings, "it was not read")


def _show_interlock(story: InterlockStory, site: Site) -> None:
    what = f": {story.description}" if story.description else ""
    say(Text(f"interlock {story.interlock}", "bold").append(what, "not bold"))
    say(f"never {story.never}")
    turns = [[f"{local(each.at, site.timezone)}  {each.reason}"] for each in story.turns]
    _show("the world broke it, or mended it", turns, "the world has not broken it")
    if story.claims:
        _show("kept instead", [[_held_line(each, site)] for each in story.claims], "")
    _show_edits(story.edits, site)
    _show("refused", [_command_lines(each, site) for each in story.refused], "it has refused nothing")


def _show(title: str, paragraphs: Sequence[Sequence[Text | str]], otherwise: str) -> None:
    say(Text(f"{title}:" if paragraphs else otherwise, "bold" if paragraphs else ""))
    for paragraph in paragraphs:
        for number, line in enumerate(paragraph):
            indent = "  " if number == 0 else _INDENT
            say(Text(indent).append(line))


def _show_edits(edits: Sequence[Edit], site: Site) -> None:
    if edits:
        _show("edited", [[f"{local(each.at, site.timezone)}  {each.text}"] for each in edits], "")


def _claim_line(past: PastClaim, site: Site) -> str:
    claim = past.claim
    held = f"{format_value(claim.value)} at priority {claim.priority} by {claim.owner}"
    return f"{local(claim.since, site.timezone)}  {held}{_end_of(past, site)}"


def _held_line(past: PastClaim, site: Site) -> str:
    claim = past.claim
    held = f"{claim.point} = {format_value(claim.value)} at priority {claim.priority}"
    return f"{local(claim.since, site.timezone)}  {held}{_end_of(past, site)}"


def _end_of(past: PastClaim, site: Site) -> str:
    if past.ended_at:
        return f", until {local(past.ended_at, site.timezone)}: {past.why}"
    until = past.claim.until
    return f", until {local(until, site.timezone)}" if until else ", still"


def _firing_lines(story: FiringStory, site: Site) -> list[Text | str]:
    return [
        f"{local(story.firing.at, site.timezone)}  {story.firing.reason}",
        *(f"{step.text}{f': {step.note}' if step.note else ''}" for step in story.steps),
        *(line for command in story.commands for line in _result_lines(command)),
        story.firing.outcome or "it has not ended",
    ]


def _result_lines(past: PastCommand) -> Iterator[Text | str]:
    yield _command_text(past)
    if past.receipt and past.receipt.exchange:
        yield f"  {past.receipt.exchange}"


def _near_miss_lines(miss: NearMiss, site: Site) -> list[Text | str]:
    times = "once" if miss.count == 1 else f"{miss.count} times"
    since = "" if miss.count == 1 else f", first {local(miss.first_at, site.timezone)}"
    return [f"{local(miss.last_at, site.timezone)}  {miss.reason}", f"{miss.verdict.value}, {times}{since}"]


def _command_lines(past: PastCommand, site: Site) -> list[Text | str]:
    time, *rest = local(past.command.created_at, site.timezone), *_result_lines(past)
    first = Text(f"{time}  ").append(rest[0]).append(f", by {past.command.origin}")
    reason = [f"because {past.firing.reason}"] if past.firing else []
    return [first, *reason, *rest[1:]]


def _command_text(past: PastCommand) -> Text:
    text = Text(f"{format_command(past.command)}: ")
    if past.receipt is None:
        return text.append("no receipt: it may have been executed", STYLES[Outcome.UNCERTAIN])
    return text.append(_outcome(past.receipt), STYLES[past.receipt.outcome])


def _outcome(receipt: Receipt) -> str:
    return f"{receipt.outcome.value}: {receipt.reason}" if receipt.reason else receipt.outcome.value


def _reading_line(reading: Reading, site: Site) -> str:
    unit = site.targets[reading.point].capability.unit
    value = with_unit(reading.value, unit)
    time = local(reading.at, site.timezone)
    if reading.quality is Quality.GOOD:
        return f"{time}  {value}"
    return f"{time}  {value} ({reading.quality.value}: {reading.reason})"
