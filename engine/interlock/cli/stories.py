"""Printing what the journal tells of a rule or a point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from interlock.cli.output import local, print_json, say, with_unit
from interlock.cli.receipts import STYLES, document
from interlock.config.site import Site
from interlock.history.claims import PastClaim
from interlock.history.past import NearMiss, PastCommand, PastFiring
from interlock.history.values import Json, as_json
from interlock.model import Outcome, Quality, Reading, Receipt, format_command, format_value
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode
from interlock.service.explaining import Edit, FiringStory, InterlockStory, PointStory, RuleStory
from interlock.service.standing import Part, Standing

_INDENT = "    "
_ENABLED: Mapping[Mode, Json] = {Mode.ON: True, Mode.OFF: False, Mode.SHADOW: "shadow"}
_TRUTHS = {True: "true", False: "false", None: "unknown"}


def show_rule(story: RuleStory, description: str, site: Site, *, is_json: bool) -> None:
    """Print a rule's story."""
    if is_json:
        print_json(_rule_document(story))
        return
    say(Text(f"rule {story.rule}", "bold").append(f": {description}" if description else "", "not bold"))
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


def show_point(story: PointStory, site: Site, *, is_json: bool) -> None:
    """Print a point's story."""
    if is_json:
        print_json(_point_document(story))
        return
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


def show_interlock(story: InterlockStory, interlock: Interlock, site: Site, *, is_json: bool) -> None:
    """Print an interlock's story."""
    if is_json:
        print_json(_interlock_document(story))
        return
    what = f": {interlock.description}" if interlock.description else ""
    say(Text(f"interlock {story.interlock}", "bold").append(what, "not bold"))
    say(f"never {interlock.never.text}")
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


def _edit_documents(edits: Sequence[Edit]) -> Json:
    return [{"at": each.at.isoformat(), "text": each.text} for each in edits]


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


def _rule_document(story: RuleStory) -> Json:
    return {
        "rule": story.rule,
        "enabled": _ENABLED[story.mode],
        "firings": [
            {
                **_firing_document(each.firing),
                "steps": [
                    {"at": step.at.isoformat(), "text": step.text, "note": step.note} for step in each.steps
                ],
                "commands": [_command_document(command) for command in each.commands],
            }
            for each in story.firings
        ],
        "near_misses": [
            {
                "trigger": miss.trigger,
                "verdict": miss.verdict.value,
                "first_at": miss.first_at.isoformat(),
                "last_at": miss.last_at.isoformat(),
                "count": miss.count,
                "reason": miss.reason,
            }
            for miss in story.near_misses
        ],
        "claims": [_claim_document(each) for each in story.claims],
        "edits": _edit_documents(story.edits),
        "now": _standing_document(story.standing) if story.standing else None,
    }


def _standing_document(standing: Standing) -> Json:
    return {
        "at": standing.run.seen_at.isoformat(),
        "is_dry_run": standing.run.is_dry_run,
        "parts": [
            {
                "what": part.what,
                "truth": _TRUTHS[part.truth] if part.is_judged else None,
                "note": part.note,
                "because": [
                    {"what": each.text, "truth": _TRUTHS[each.truth], "reason": each.reason}
                    for each in part.clauses
                ],
            }
            for part in standing.parts
        ],
    }


def _firing_document(firing: PastFiring) -> dict[str, Json]:
    return {
        "id": firing.id,
        "rule": firing.rule,
        "at": firing.at.isoformat(),
        "reason": firing.reason,
        "outcome": firing.outcome,
        "ended_at": firing.ended_at.isoformat() if firing.ended_at else None,
    }


def _command_document(past: PastCommand) -> Json:
    return {
        "id": past.command.id,
        "at": past.command.created_at.isoformat(),
        "point": past.command.point,
        "value": as_json(past.command.value),
        "fields": {name: as_json(value) for name, value in past.command.fields.items()},
        "origin": str(past.command.origin),
        "receipt": document(past.receipt) if past.receipt else None,
    }


def _claim_document(past: PastClaim) -> Json:
    claim = past.claim
    return {
        "point": claim.point,
        "value": as_json(claim.value),
        "priority": claim.priority,
        "owner": str(claim.owner),
        "since": claim.since.isoformat(),
        "until": claim.until.isoformat() if claim.until else None,
        "ended_at": past.ended_at.isoformat() if past.ended_at else None,
        "why": past.why,
    }


def _interlock_document(story: InterlockStory) -> Json:
    return {
        "interlock": story.interlock,
        "turns": [
            {"at": each.at.isoformat(), "is_broken": each.is_broken, "reason": each.reason}
            for each in story.turns
        ],
        "claims": [_claim_document(each) for each in story.claims],
        "edits": _edit_documents(story.edits),
        "refused": [_command_document(each) for each in story.refused],
    }


def _point_document(story: PointStory) -> Json:
    return {
        "point": story.point,
        "claims": [_claim_document(each) for each in story.claims],
        "edits": _edit_documents(story.edits),
        "commands": [
            {
                "command": _command_document(past),
                "firing": _firing_document(past.firing) if past.firing else None,
            }
            for past in story.commands
        ],
        "readings": [
            {
                "at": reading.at.isoformat(),
                "value": as_json(reading.value),
                "quality": reading.quality.value,
                "reason": reading.reason,
            }
            for reading in story.readings
        ],
    }
