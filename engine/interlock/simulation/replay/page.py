"""A replay as a page for people: where two behaviours differ, drawn over what was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from interlock.model import Point, Value, format_value
from interlock.plurals import counted
from interlock.rules.rule import Rule
from interlock.simulation.replay.comparison import Comparison, Difference
from interlock.simulation.replay.groups import grouped, what_differs
from interlock.simulation.replay.moments import Ended, Shown
from interlock.simulation.replay.notes import local
from interlock.simulation.replay.record import Record
from interlock.simulation.replay.replaying import Baseline, Replayed
from interlock.simulation.replay.sendings import Sending
from interlock.simulation.report import Chart, Mark, MarkKind, Page, Recording, Series, Table
from interlock.simulation.report import Value as Drawn

_MOST_CHARTS = 20
_MOST_READ = 4
"""How many of the points that a rule reads are drawn with what it does."""
_MOST_MARKS = 400
_MOST_ROWS = 2000
_COLUMNS: Mapping[Baseline, tuple[str, str]] = {
    Baseline.RECORDED: ("sent then", "in the replay"),
    Baseline.RULES: ("own rules", "other rules"),
    Baseline.NOTHING: ("sent then", "in the replay"),
}

_SUBTITLES: Mapping[Baseline, str] = {
    Baseline.RECORDED: "What was recorded, played to the rules again, compared with what was sent then",
    Baseline.RULES: "What was recorded, played to the site's own rules and to others",
    Baseline.NOTHING: "What was recorded, played to the rules",
}


def page_of(replayed: Replayed, record: Record, rules: Sequence[Rule]) -> Page:
    """Return a replay as a page.

    Args:
        replayed: What came of it.
        record: What it was played from, still open.
        rules: Those that were replayed.

    Raises:
        JournalError: the record cannot be read.
    """
    span, zone = replayed.span, replayed.timezone
    return Page(
        title=f"Replay of {replayed.site.name}",
        subtitle=_SUBTITLES[replayed.baseline],
        timezone=zone,
        begins=span.start,
        ends=span.end,
        facts=tuple(_facts(replayed)),
        notes=replayed.notes,
        parts=tuple(_parts(replayed, record, rules)),
    )


def headings(replayed: Replayed) -> tuple[str, str]:
    """Return what the two behaviours that are compared are called."""
    return _COLUMNS[replayed.baseline]


def _facts(replayed: Replayed) -> Iterator[tuple[str, str]]:
    one, other = headings(replayed)
    if replayed.comparison is not None:
        yield f"commands, {one}", str(len(replayed.before))
    yield f"commands, {other}", str(len(replayed.after))
    if replayed.comparison is not None:
        yield "differences", str(len(replayed.comparison.differences))
    yield "readings of what is commanded", replayed.own.value


def _parts(replayed: Replayed, record: Record, rules: Sequence[Rule]) -> Iterator[Chart | Table]:
    comparison = replayed.comparison
    if comparison is None:
        yield _commands_table(replayed)
        return
    yield _rules_table(comparison, headings(replayed))
    yield _differences_table(comparison, replayed)
    yield from _charts(comparison, replayed, record, rules)


def _rules_table(comparison: Comparison, names: tuple[str, str]) -> Table:
    rows = [
        (
            who,
            *map(str, (each.before, each.after, each.same, each.moved)),
            *map(str, (each.other_value, each.missing, each.new)),
        )
        for who, each in comparison.tallies.items()
    ]
    emphasis = [
        i for i, each in enumerate(comparison.tallies.values()) if each.same < max(each.before, each.after)
    ]
    header = ("", *names, "same", "moved", "other value", "missing", "new")
    return Table(title="By rule", header=header, rows=rows, emphasis=emphasis, if_empty="nothing was sent")


def _differences_table(comparison: Comparison, replayed: Replayed) -> Table:
    zone, groups = replayed.timezone, grouped(comparison.differences)
    rows = []
    for group in groups[:_MOST_ROWS]:
        first, count = group.first, len(group.members)
        until = f"{count} times until {local(group.last.at, zone)}" if count > 1 else ""
        what = (
            f"{first.kind.value}, {what_differs(first)}"
            if what_differs(first) != first.kind.value
            else first.kind.value
        )
        rows.append((local(first.at, zone), str(first.shown), what, until, first.who, first.shown.reason))
    more = f"The first {_MOST_ROWS} of {len(groups)}." if len(groups) > _MOST_ROWS else ""
    header = ("when", "command", "difference", "again", "who", "why")
    return Table(title="Differences", header=header, rows=rows, explanation=more, if_empty="there are none")


def _commands_table(replayed: Replayed) -> Table:
    rows = [
        (local(each.at, replayed.timezone), str(each), each.who, each.reason)
        for each in replayed.after[:_MOST_ROWS]
    ]
    total = len(replayed.after)
    more = f"The first {_MOST_ROWS} of {total}." if total > _MOST_ROWS else ""
    header = ("when", "command", "who", "why")
    return Table(title="What would be sent", header=header, rows=rows, explanation=more)


def _charts(
    comparison: Comparison, replayed: Replayed, record: Record, rules: Sequence[Rule]
) -> Iterator[Chart]:
    by_who: defaultdict[str, list[Difference]] = defaultdict(list)
    for each in comparison.differences:
        by_who[each.who].append(each)
    most = sorted(by_who, key=lambda who: (-len(by_who[who]), who))[:_MOST_CHARTS]
    read = {who: _read_by(who, rules, record) for who in most}
    recordings = _recordings(replayed, record, {point for points in read.values() for point in points})
    for who in sorted(most):
        yield _chart(who, by_who[who], replayed, {point: recordings[point] for point in read[who]})


def _read_by(who: str, rules: Sequence[Rule], record: Record) -> Sequence[Point]:
    [*found] = (rule for rule in rules if f"rule {rule.id}" == who)
    points = sorted(found[0].points) if found else []
    return [point for point in points if point in record.points][:_MOST_READ]


def _recordings(replayed: Replayed, record: Record, points: set[Point]) -> Mapping[Point, Recording]:
    """Return how points went, as it was recorded."""
    span = replayed.span
    found = {point: Recording(span.start, span.end) for point in sorted(points)}
    for reading in record.beginning(span.start).shown if points else ():
        if reading.point in found:
            found[reading.point].add(span.start, _drawn(reading.value if reading.is_usable else None))
    for moment in record.moments(span.start, span.end) if points else ():
        if isinstance(moment, Shown) and moment.reading.point in found:
            reading = moment.reading
            found[reading.point].add(moment.at, _drawn(reading.value if reading.is_usable else None))
        elif isinstance(moment, Ended):
            for recording in found.values():
                recording.add(moment.at, None)
    return found


def _chart(
    who: str, differences: Sequence[Difference], replayed: Replayed, recordings: Mapping[Point, Recording]
) -> Chart:
    targets, names = replayed.site.targets, headings(replayed)
    series = [
        Series(name=point, samples=recording, unit=targets[point].capability.unit)
        for point, recording in recordings.items()
    ]
    for point in sorted({each.point for each in differences}):
        unit = targets[point].capability.unit if point in targets else ""
        for name, sendings in zip(names, (replayed.before, replayed.after), strict=True):
            if samples := _samples(point, sendings, replayed):
                series.append(Series(name=f"{point}, {name}", samples=samples, unit=unit, is_held=True))
    drawn = {each.name for each in series}
    marks = [_mark(each, names, drawn) for each in differences[:_MOST_MARKS]]
    more = len(differences) - _MOST_MARKS
    rest = counted(more, "more is", "more are")
    explanation = f"The first {_MOST_MARKS} differences are marked; {rest} not." if more > 0 else ""
    return Chart(title=who, series=series, marks=marks, explanation=explanation)


def _samples(point: Point, sendings: Sequence[Sending], replayed: Replayed) -> Recording | None:
    samples = Recording(replayed.span.start, replayed.span.end)
    for each in sendings:
        if each.point == point and each.value is not None:
            samples.add(each.at, _drawn(each.value))
    return samples if samples.count else None


def _mark(difference: Difference, names: tuple[str, str], drawn: set[str]) -> Mark:
    shown = difference.shown
    name = f"{difference.point}, {names[1] if difference.after else names[0]}"
    text = f"{difference.kind.value}: {shown}, {what_differs(difference)} ({shown.who})"
    return Mark(
        at=shown.at,
        kind=MarkKind.DIFFERENCE,
        text=f"{text}: {shown.reason}" if shown.reason else text,
        series=name if name in drawn else "",
    )


def _drawn(value: Value | None) -> Drawn:
    return value if value is None or isinstance(value, bool | int | float | str) else format_value(value)
