"""Printing what a dry run and shadow rules would have sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from interlock.cli.output import columns, local, print_json, say, with_unit
from interlock.config.site import Site
from interlock.history.past import PastFiring
from interlock.history.values import Json, as_json
from interlock.model import Outcome, format_command, format_value
from interlock.service.rehearsal import Count, Rehearsal, Unsent, Untold

_INDENT = "    "


def show(found: Rehearsal, site: Site, *, is_json: bool) -> None:
    """Print each command, message and request that would have been sent, then the numbers."""
    if is_json:
        print_json(_document(found))
        return
    entries = [
        *((each.command.created_at, _command_lines(each, site)) for each in found.commands),
        *((each.at, _message_lines(each, site)) for each in found.messages),
    ]
    for _, lines in sorted(entries, key=lambda entry: entry[0]):
        for number, line in enumerate(lines):
            say(f"{_INDENT if number else ''}{line}")
    show_counts(found, site)


def show_counts(found: Rehearsal, site: Site) -> None:
    """Print how much would have been sent, by whom and to which points."""
    say(Text(_headline(found, site), "bold"))
    for title, counts in (("by rule or person", found.by_owner()), ("by point", found.by_point())):
        if counts:
            say(f"{title}:")
            for line in columns([_row(name, count, site) for name, count in counts.items()]):
                say(f"  {line}")


def _headline(found: Rehearsal, site: Site) -> str:
    span = f"from {local(found.since, site.timezone)} until {local(found.until, site.timezone)}"
    if not found.commands and not found.messages:
        return f"{span}: nothing would have been sent"
    parts = [_number(len(found.commands), "command")]
    if found.messages:
        parts.append(_number(len(found.messages), "message or request", "messages and requests"))
    return f"{span}: {' and '.join(parts)} would have been sent"


def _row(name: str, count: Count, site: Site) -> Sequence[str]:
    notes = [
        *([f"{count.again} again"] if count.again else ()),
        *([_number(count.conflicts, "conflict")] if count.conflicts else ()),
        *([_number(count.messages, "message")] if count.messages else ()),
    ]
    first, last = local(count.first, site.timezone), local(count.last, site.timezone)
    span = f"at {first}" if first == last else f"first {first}, last {last}"
    return name, _number(count.commands, "command"), span, ", ".join(notes)


def _number(count: int, what: str, several: str = "") -> str:
    return f"{count} {what if count == 1 else several or f'{what}s'}"


def _command_lines(unsent: Unsent, site: Site) -> Iterator[str]:
    command = unsent.command
    yield f"{local(command.created_at, site.timezone)}  {format_command(command)}, by {command.origin}"
    if unsent.firing is not None:
        yield f"because {unsent.firing.reason}"
    yield f"it held {_held(unsent, site)}" + (
        ", as when the same would have been sent before" if unsent.is_again else ""
    )
    receipt = unsent.past.receipt
    if receipt is not None and receipt.outcome is Outcome.DEFERRED:
        yield f"it would have waited: {receipt.reason}"
    if conflict := unsent.conflict:
        at = local(conflict.at, site.timezone)
        yield f"in conflict: {conflict.by} made it {format_value(conflict.value)} at {at}"


def _held(unsent: Unsent, site: Site) -> str:
    reading, target = unsent.held, site.targets.get(unsent.command.point)
    if reading is None or reading.value is None:
        return "nothing known"
    value = with_unit(reading.value, target.capability.unit if target else "")
    return value if reading.is_usable else f"{value} ({reading.quality.value})"


def _message_lines(untold: Untold, site: Site) -> Iterator[str]:
    # A request without a body and without templates in its URL is as it was written.
    content = "" if untold.action.endswith(f" {untold.content}") else f": {untold.content}"
    what = f"{untold.action}{content}, by rule {untold.firing.rule}"
    yield f"{local(untold.at, site.timezone)}  {what}"
    yield f"because {untold.firing.reason}"


def _document(found: Rehearsal) -> Json:
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "commands": [_command_document(each) for each in found.commands],
        "messages": [_message_document(each) for each in found.messages],
        "by_owner": _counts_document(found.by_owner()),
        "by_point": _counts_document(found.by_point()),
    }


def _command_document(unsent: Unsent) -> Json:
    command, held, conflict, receipt = unsent.command, unsent.held, unsent.conflict, unsent.past.receipt
    return {
        "id": command.id,
        "at": command.created_at.isoformat(),
        "point": command.point,
        "value": as_json(command.value),
        "fields": {name: as_json(value) for name, value in command.fields.items()},
        "priority": command.priority,
        "by": str(command.origin),
        "why": receipt.reason if receipt else "",
        "is_shadow": command.shadow,
        "outcome": receipt.outcome.value if receipt else None,
        "firing": _firing_document(unsent.firing) if unsent.firing else None,
        "held": {"value": as_json(held.value), "quality": held.quality.value, "at": held.at.isoformat()}
        if held
        else None,
        "again": unsent.is_again,
        "conflict": {
            "at": conflict.at.isoformat(),
            "value": as_json(conflict.value),
            "by": conflict.by,
        }
        if conflict
        else None,
    }


def _message_document(untold: Untold) -> Json:
    return {
        "at": untold.at.isoformat(),
        "action": untold.action,
        "content": untold.content,
        "firing": _firing_document(untold.firing),
    }


def _firing_document(firing: PastFiring) -> Json:
    return {
        "id": firing.id,
        "rule": firing.rule,
        "at": firing.at.isoformat(),
        "trigger": firing.cause.trigger,
        "condition": firing.condition,
        "seen": {seen.point: as_json(seen.value) for seen in firing.seen},
        "reason": firing.reason,
    }


def _counts_document(counts: Mapping[str, Count]) -> Json:
    return {
        name: {
            "commands": count.commands,
            "again": count.again,
            "conflicts": count.conflicts,
            "messages": count.messages,
            "first": count.first.isoformat(),
            "last": count.last.isoformat(),
        }
        for name, count in counts.items()
    }
