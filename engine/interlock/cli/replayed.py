"""Printing what came of a replay."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from rich.text import Text

from interlock.cli.output import print_json, say
from interlock.history.values import Json, as_json
from interlock.plurals import counted
from interlock.rules.instants import shown_locally
from interlock.simulation.replay.comparison import Comparison, Difference, Kind
from interlock.simulation.replay.groups import Group, grouped, what_differs
from interlock.simulation.replay.page import headings
from interlock.simulation.replay.replaying import Replayed
from interlock.simulation.replay.sendings import Sending

_WIDTH = 80
_MOST_SHOWN = 200
"""Lines of differences or commands that are printed; a report and JSON have all of them."""


def show(replayed: Replayed, *, lists_commands: bool, is_json: bool) -> None:
    """Print the differences, how rules compare, and what must be known of the replay."""
    if is_json:
        print_json(_document(replayed))
        return
    comparison = replayed.comparison
    if lists_commands or comparison is None:
        _show_commands(replayed)
    if comparison is not None:
        _show_differences(comparison, replayed)
        _show_tallies(comparison, replayed)
    _show_looks(replayed)
    for note in replayed.notes:
        for line in textwrap.wrap(note, _WIDTH, initial_indent="- ", subsequent_indent="  "):
            say(line)
    say(Text(_headline(replayed), "bold"))


def _show_commands(replayed: Replayed) -> None:
    say(Text("what would be sent", "bold"))
    shown = replayed.after[:_MOST_SHOWN]
    for day, sendings in groupby(shown, key=lambda each: _local(each.at, replayed).date()):
        say(f"{day:%Y-%m-%d %A}")
        for each in sendings:
            say(_line(_time(each.at, replayed), str(each), _name(each.who)))
            _show_reason(each.reason)
    _say_more(len(replayed.after))


def _show_looks(replayed: Replayed) -> None:
    if replayed.looks:
        say(Text("what rules looked at", "bold"))
    for each in replayed.looks[:_MOST_SHOWN]:
        say(_line(_time(each.at, replayed), each.verdict, each.rule))
        _show_reason(each.reason)
    _say_more(len(replayed.looks))


def _show_differences(comparison: Comparison, replayed: Replayed) -> None:
    groups = grouped(comparison.differences)
    if not groups:
        return
    say(Text(f"{' and '.join(headings(replayed))}: what differs", "bold"))
    for day, members in groupby(
        groups[:_MOST_SHOWN], key=lambda each: _local(each.first.at, replayed).date()
    ):
        say(f"{day:%Y-%m-%d %A}")
        for group in members:
            say(_line(_time(group.first.at, replayed), str(group.first.shown), _name(group.first.who)))
            say(f"          {_what(group, replayed)}", _STYLES.get(group.first.kind, ""))
            _show_reason(group.first.shown.reason)
    _say_more(len(groups))


_STYLES = {Kind.MISSING: "red", Kind.NEW: "green", Kind.OTHER_VALUE: "yellow", Kind.MOVED: "yellow"}


def _what(group: Group, replayed: Replayed) -> str:
    first, count = group.first, len(group.members)
    if count == 1:
        return what_differs(first)
    last = shown_locally(group.last.at, replayed.timezone, "%Y-%m-%d %H:%M:%S")
    return f"{what_differs(first)}, {count} times until {last}"


def _line(time: str, what: str, who: str) -> str:
    """Return a line of a time, a command and who sends it, which is cut rather than broken."""
    room = _WIDTH - len(time) - len(who) - 6
    return f"  {time}  {_cut(what, max(room, 30)):{max(room, 0)}}  {who}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _show_reason(reason: str) -> None:
    indent = " " * 10
    lines = textwrap.wrap(reason, _WIDTH, initial_indent=f"{indent}why: ", subsequent_indent=indent)
    for line in lines:
        say(line, "dim")


def _say_more(count: int) -> None:
    if count > _MOST_SHOWN:
        say(f"… and {count - _MOST_SHOWN} more: --report and --json have all")


def _show_tallies(comparison: Comparison, replayed: Replayed) -> None:
    if not comparison.tallies:
        return
    header = ("", *headings(replayed), "same", "moved", "other", "missing", "new")
    rows = [
        (
            _cut(_name(who), 24),
            *(
                str(number)
                for number in (
                    each.before,
                    each.after,
                    each.same,
                    each.moved,
                    each.other_value,
                    each.missing,
                    each.new,
                )
            ),
        )
        for who, each in comparison.tallies.items()
    ]
    say(Text("by rule", "bold"))
    for line in _right_aligned([header, *rows]):
        say(f"  {line}")


def _right_aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows of a name and numbers as lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *numbers in rows:
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True)]
        yield "  ".join([name.ljust(widths[0]), *cells]).rstrip()


def _headline(replayed: Replayed) -> str:
    comparison, total = replayed.comparison, len(replayed.after)
    if comparison is None:
        return f"{counted(total, 'command')} would be sent; nothing is recorded to compare with"
    if comparison.is_same:
        return f"no difference: {counted(total, 'command')}, as {headings(replayed)[0]}"
    return counted(len(comparison.differences), "difference")


def _name(who: str) -> str:
    return who.removeprefix("rule ")


def _local(instant: datetime, replayed: Replayed) -> datetime:
    return instant.astimezone(replayed.timezone)


def _time(instant: datetime, replayed: Replayed) -> str:
    return shown_locally(instant, replayed.timezone, "%H:%M:%S")


def _document(replayed: Replayed) -> Json:
    span, comparison = replayed.span, replayed.comparison
    return {
        "site": replayed.site.name,
        "from": _iso(span.start, replayed),
        "to": _iso(span.end, replayed),
        "own": replayed.own.value,
        "own_points": [str(point) for point in replayed.followed],
        "compared_with": replayed.baseline.value,
        "tolerance_s": span.tolerance.total_seconds(),
        "notes": list(replayed.notes),
        "commands": [_sending(each, replayed) for each in replayed.after],
        "differences": None
        if comparison is None
        else [_difference(each, replayed) for each in comparison.differences],
        "rules": None if comparison is None else _tallies(comparison),
        "looks": [
            {"at": _iso(each.at, replayed), "rule": each.rule, "verdict": each.verdict, "reason": each.reason}
            for each in replayed.looks
        ],
    }


def _tallies(comparison: Comparison) -> Json:
    return {
        who: {
            "before": each.before,
            "after": each.after,
            "same": each.same,
            "moved": each.moved,
            "other_value": each.other_value,
            "missing": each.missing,
            "new": each.new,
        }
        for who, each in comparison.tallies.items()
    }


def _difference(difference: Difference, replayed: Replayed) -> Json:
    before, after = difference.before, difference.after
    return {
        "kind": difference.kind.name.lower(),
        "before": _sending(before, replayed) if before else None,
        "after": _sending(after, replayed) if after else None,
        "moved_by_s": difference.shift / timedelta(seconds=1) if before and after else None,
    }


def _sending(sending: Sending, replayed: Replayed) -> Json:
    command = sending.command
    return {
        "at": _iso(sending.at, replayed),
        "point": str(command.point),
        "value": as_json(command.value),
        "fields": {name: as_json(value) for name, value in command.fields.items()},
        "who": sending.who,
        "reason": sending.reason,
    }


def _iso(instant: datetime, replayed: Replayed) -> str:
    return _local(instant, replayed).isoformat()
