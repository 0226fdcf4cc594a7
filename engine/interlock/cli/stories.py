"""Printing what the journal tells of a rule, a point, a device, an interlock, a firing or a command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from rich.text import Text

from interlock.cli.output import is_live, out, say
from interlock.cli.story_lines import (
    Line,
    claim_line,
    command_lines,
    firing_lines,
    gap_line,
    held_line,
    near_miss_lines,
    part_lines,
    past_part_lines,
    point_now_lines,
    reading_line,
    rule_now_lines,
)
from interlock.config.site import Site
from interlock.rules.claims import rank
from interlock.rules.rule import Mode
from interlock.service.explain.instants import shown
from interlock.service.explain.stories import (
    CommandStory,
    DeviceStory,
    Edit,
    FiringStory,
    Gap,
    InterlockStory,
    PointStory,
    RuleStory,
    Story,
    Then,
)

_INDENT = "  "
_HANGING = 6
"""How far further in the second line of what is too long for a terminal stands."""


def show(story: Story, site: Site, limit: int) -> None:
    """Print a story; of near misses of a kind so many."""
    match story:
        case RuleStory():
            _show_rule(story, site, limit)
        case PointStory() if story.point not in site.targets:
            show_now(story, site.timezone)
        case PointStory():
            _show_point(story, site, story.gaps)
        case InterlockStory():
            _show_interlock(story, site)
        case DeviceStory():
            _show_device(story, site)
        case FiringStory():
            _title(f"firing {story.firing.id} of rule {story.firing.rule}", "")
            _show_gaps(story.gaps, site.timezone)
            _print(firing_lines(story, site), 1)
        case CommandStory():
            _title(f"command {story.past.command.id}", "")
            _show_gaps(story.gaps, site.timezone)
            _print(command_lines(story, site.timezone), 1)


def show_now(story: Story, zone: ZoneInfo) -> None:
    """Print what a running service says of a point or a rule, where its site's files do not have that."""
    if isinstance(story, PointStory):
        account = story.now.account if story.now else None
        _title(f"point {story.point}", account.description if account else "")
        _show_gaps(story.gaps, zone)
        _show_point_now(story, zone)
    elif isinstance(story, RuleStory):
        _title(f"rule {story.rule}", story.description)
        _print((Line(each) for each in _state_lines(story, zone)), 0)
        _show_gaps(story.gaps, zone)
        _show_standing(story, zone)


def _show_gaps(gaps: Iterable[Gap], zone: ZoneInfo) -> None:
    _print((Line(Text(gap_line(each, zone), "yellow")) for each in gaps), 0)


def _show_point_now(story: PointStory, zone: ZoneInfo) -> None:
    if not story.is_loaded:
        say("the service that runs does not have it: its files were edited, and that is not taken over")
    if story.now:
        _show(f"now, {shown(story.now.at, zone)}", [point_now_lines(story.now, zone)])


def _show_rule(story: RuleStory, site: Site, limit: int) -> None:
    zone = site.timezone
    _title(f"rule {story.rule}", story.description)
    _print((Line(each) for each in _state_lines(story, zone)), 0)
    _show_then(story.then, story.gaps, site)
    firings = [firing_lines(each, site) for each in story.firings]
    never = "it had not fired until then" if story.then else "it has not fired"
    _show("fired before" if story.then else "fired", firings, _never(never, story.gaps, story.then))
    if story.next_firing:
        _show("fired next", [[Line(f"{shown(story.next_firing.at, zone)}  {story.next_firing.reason}")]])
    _show("held then" if story.then else "held", [[Line(held_line(each, zone))] for each in story.claims])
    _show_edits(story.edits, site)
    is_past = story.then is not None
    misses = [near_miss_lines(each, site, limit, is_past=is_past) for each in story.near_misses]
    _show("looked and did not fire", misses)
    _show_standing(story, zone)


def _show_standing(story: RuleStory, zone: ZoneInfo) -> None:
    standing = story.standing
    if story.now and (lines := list(rule_now_lines(story.now, zone))):
        _show("says the service", [lines])
    if standing is None:
        return
    at = shown(standing.at, zone)
    if story.then:
        parts = [past_part_lines(each, standing.at, zone) for each in standing.parts]
        _show(f"as its files have it now, at {at}", parts)
    else:
        when = f"now, {at}" if standing.is_live else f"at {at}, when the service was last seen"
        _show(when, [part_lines(each) for each in standing.parts])


def _state_lines(story: RuleStory, zone: ZoneInfo) -> Iterator[str]:
    if not story.is_loaded and story.mode is not None:
        yield "the service that runs does not have it: its files were edited, and that is not taken over"
    if story.mode is None:
        yield "it is in the site's files no more: this is what the journal still holds of it"
    elif story.mode is Mode.OFF:
        yield "it is off (enabled: false): nothing makes it look"
    elif story.mode is Mode.SHADOW:
        yield "it is in the shadow (enabled: shadow): it is evaluated, and nothing is sent"
    if story.switch:
        word, at = "on" if story.switch.is_on else "off", shown(story.switch.at, zone)
        yield f"it is switched {word} by {story.switch.by} since {at}"
    if not story.has_run:
        yield "no service has run with this journal yet"
    elif story.standing and story.standing.is_dry_run:
        yield "the service runs dry (--dry-run): nothing is sent"


def _show_point(story: PointStory, site: Site, gaps: Sequence[Gap]) -> None:
    capability, zone = site.targets[story.point].capability, site.timezone
    _title(f"point {story.point}", capability.description)
    _show_then(story.then, story.gaps, site)
    _show_point_now(story, zone)
    _show_claims(story, site)
    _show_edits(story.edits, site)
    if capability.writable:
        nobody = "nobody had commanded it until then" if story.then else "nobody commanded it"
        commands = [command_lines(each, zone) for each in story.commands]
        _show("commanded before" if story.then else "commanded", commands, _never(nobody, gaps, story.then))
    if story.next_command:
        following = CommandStory(past=story.next_command, receipts=())
        _show("commanded next", [command_lines(following, zone)])
    if capability.has_reading:
        readings = [[Line(reading_line(each, capability.unit, zone))] for each in story.readings]
        unread = "nothing was known of it then" if story.then else "it was not read"
        _show("read, until then" if story.then else "read", readings, _never(unread, gaps, story.then))


def _show_claims(story: PointStory, site: Site) -> None:
    claims = story.claims
    if story.then is None:
        # What stands now is told with what the point is now.
        told = [each for each in claims if each.ended_at] if story.now else claims
        lines = [[Line(claim_line(each, site.timezone))] for each in told]
        _show("claimed before" if story.now else "claimed", lines)
        return
    ranked = sorted(claims, key=lambda past: rank(past.claim))
    lines = [[Line(claim_line(each, site.timezone))] for each in ranked]
    _show("held then", lines[:1], _never("nobody held it then", story.gaps, story.then))
    _show("behind that", lines[1:])


def _show_device(story: DeviceStory, site: Site) -> None:
    device = next(target.device for target in site.targets.values() if target.device.name == story.device)
    _title(f"device {story.device}", f"{device.type}; ask about one of its points for more")
    _show_gaps(story.gaps, site.timezone)
    _show_edits(story.edits, site)
    for point in story.points:
        _show_point(point, site, story.gaps)


def _show_interlock(story: InterlockStory, site: Site) -> None:
    zone = site.timezone
    _title(f"interlock {story.interlock}", story.description)
    say(f"never {story.never}")
    _show_gaps(story.gaps, zone)
    turns = [[Line(f"{shown(each.at, zone)}  {each.reason}")] for each in story.turns]
    _show("the world broke it, or mended it", turns, _never("the world has not broken it", story.gaps))
    _show("kept instead", [[Line(held_line(each, zone))] for each in story.claims])
    _show_edits(story.edits, site)
    _show(
        "refused",
        [command_lines(each, zone) for each in story.refused],
        _never("it has refused nothing", story.gaps),
    )


def _never(text: str, gaps: Sequence[Gap], then: Then | None = None) -> str:
    """Return that something never happened, which a journal with gaps does not know; nothing without one.

    Of times before it begins it knows nothing, which is said where the instant is told.
    """
    if any(each.since is None for each in gaps) or (then and not then.is_recorded):
        return ""
    return f"as far as the journal goes, {text}" if gaps else text


def _show_then(then: Then | None, gaps: Sequence[Gap], site: Site) -> None:
    if then is None:
        _show_gaps(gaps, site.timezone)
        return
    say(f"asked about {shown(then.at, site.timezone)}")
    _print([Line(then.note)] if then.note else [], 0)
    # Of a gap in which the instant lies the note tells.
    _show_gaps([each for each in gaps if each.until], site.timezone)


def _show_edits(edits: Sequence[Edit], site: Site) -> None:
    _show("edited", [[Line(f"{shown(each.at, site.timezone)}  {each.text}")] for each in edits])


def _title(what: str, description: str) -> None:
    say(Text(what, "bold").append(f": {description}" if description else "", "not bold"))


def _show(title: str, paragraphs: Sequence[Iterable[Line]], otherwise: str = "") -> None:
    """Print paragraphs under a title; where there are none, what is to be said then, or nothing."""
    if paragraphs or otherwise:
        say(Text(f"{title}:" if paragraphs else otherwise, "bold" if paragraphs else ""))
    for paragraph in paragraphs:
        _print(paragraph, 1)


def _print(lines: Iterable[Line], depth: int) -> None:
    for line in lines:
        indent = _INDENT * (line.depth + depth)
        for number, piece in enumerate(_pieces(line.text, len(indent))):
            say(Text(indent + " " * (_HANGING if number else 0)).append(piece))


def _pieces(text: Text | str, indent: int) -> Sequence[Text]:
    """Return a line as a terminal shows it between words; elsewhere in one piece, for whatever reads it."""
    whole = Text(text) if isinstance(text, str) else text
    width = out().width - indent
    if not is_live() or len(whole) <= width or width <= 4 * _HANGING:
        return [whole]
    first, *rest = whole.wrap(out(), width, no_wrap=False)
    others = Text(" ").join(each for each in rest)
    return [first, *others.wrap(out(), width - _HANGING, no_wrap=False)]
