"""Results as tables for people: a summary on a terminal and a report show the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.durations import format_duration
from interlock.model import Outcome, Point, format_value
from interlock.rules.instants import shown_locally
from interlock.simulation.report.values import Table
from interlock.simulation.results.command_figures import CommandFigures
from interlock.simulation.results.outages import Outage
from interlock.simulation.results.point_figures import PointFigures
from interlock.simulation.results.results import Results
from interlock.simulation.results.unrest import MOST

_FEW = 3
"""So many states of a point, or texts of a message, are shown."""
_MINUTE = timedelta(minutes=1)
_RULE = "rule "
_NO_KWH = "0.0"


def tables_of(results: Results, zone: ZoneInfo) -> Sequence[Table]:
    """Return what came of a simulation, the most important first; what there is nothing of is left out.

    Args:
        results: What came of it.
        zone: The site's.
    """
    tables = (
        _rules(results, zone),
        _held_back(results),
        _never_fired(results),
        _unrest(results, zone),
        _commands(results),
        _not_carried_out(results),
        _controlled(results),
        _comfort(results),
        _energy(results),
        _unknown(results),
        _outages("faults", "fault", results.wrong),
        _outages("away", "what was away", [*results.service, *results.connections]),
        _outages("broken interlocks", "interlock", results.interlocks),
        _messages(results),
    )
    return [table for table in tables if table.rows or table.title == "rules"]


def _rules(results: Results, zone: ZoneInfo) -> Table:
    header = ("rule", "fired", "else", "finally", "held back", "skipped", "failed", "last fired")
    rows = [
        (
            each.rule,
            *map(str, (each.fired, each.otherwise, each.ended, each.held_back, each.skipped, each.failed)),
            _local(each.last_at, zone),
        )
        for each in results.rules
        if each.acted or each.held_back or each.failed
    ]
    emphasis = [number for number, row in enumerate(rows) if row[6] != "0"]
    return _without_empty_columns(
        Table(title="rules", header=header, rows=rows, emphasis=emphasis, if_empty="no rule did anything")
    )


def _held_back(results: Results) -> Table:
    rows = [(each.rule, each.held_why) for each in results.rules if each.held_why]
    return Table(title="rules that were held back", header=("rule", "why at last"), rows=rows)


def _never_fired(results: Results) -> Table:
    rows = [(each.rule, each.why_not) for each in results.rules if each.why_not]
    return Table(title="rules that never fired", header=("rule", "why"), rows=rows)


def _unrest(results: Results, zone: ZoneInfo) -> Table:
    rows = [(each.point, each.in_words, _local(each.at, zone)) for each in results.unrest]
    return Table(
        title="commanded back and forth",
        header=("point", "what", "worst until"),
        rows=rows,
        explanation=f"More than {MOST} times within an hour.",
        emphasis=range(len(rows)),
    )


def _commands(results: Results) -> Table:
    rows = [
        (each.point, str(each.count(Outcome.ACCEPTED)), _otherwise(each), _counted(each.by))
        for each in results.commands
    ]
    header = ("point", "sent", "otherwise", "by")
    return _without_empty_columns(Table(title="commands", header=header, rows=rows))


def _otherwise(commands: CommandFigures) -> str:
    """Return what became of the commands that were not simply sent."""
    counts = ((words, commands.count(outcome)) for outcome, words in _OTHERWISE.items())
    return ", ".join(f"{count} {words}" for words, count in counts if count)


_OTHERWISE = {
    Outcome.UNCERTAIN: "in doubt",
    Outcome.FAILED: "failed",
    Outcome.REFUSED: "refused",
    Outcome.OUTRANKED: "outranked",
    Outcome.DEFERRED: "deferred",
    Outcome.SUPPRESSED: "withheld",
}


def _not_carried_out(results: Results) -> Table:
    rows = [(each.point, each.reason) for each in results.commands if each.reason]
    return Table(title="commands that failed", header=("point", "why at last"), rows=rows)


def _controlled(results: Results) -> Table:
    wanted = set(results.controlled)
    rows = [
        (each.point, _course(each), str(each.changes))
        for each in results.points
        if each.point in wanted and each.known
    ]
    return Table(title="controlled points", header=("point", "was", "changes"), rows=rows)


def _course(point: PointFigures) -> str:
    if point.lowest is not None and point.highest is not None:
        mean = "" if point.mean is None else f", {point.mean:.1f} on average"
        span = f"{format_value(point.lowest)} to {format_value(point.highest)} {point.unit}".rstrip()
        return span + mean if point.lowest != point.highest else f"{point.lowest:g} {point.unit}".rstrip()
    if len(point.states) == 1:
        return next(iter(point.states))
    return ", ".join(_shares(point.states, point.known))


def _shares(states: Mapping[str, timedelta], known: timedelta) -> Iterator[str]:
    for number, (state, length) in enumerate(states.items()):
        if number == _FEW and len(states) > _FEW + 1:
            yield f"and {len(states) - _FEW} more"
            return
        yield f"{state} {_share(length / known)}"


def _share(share: float) -> str:
    """Return a share as people read it: nothing that was there is 0 %, nothing that was not is 100 %."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"


def _comfort(results: Results) -> Table:
    rows = [
        (
            name,
            *(f"{number:.1f}" for number in (each.lowest_c, each.mean_c, each.highest_c)),
            *(f"{number:.1f}" for number in (each.cold_k_h, each.warm_k_h, each.window_open_h)),
        )
        for name, each in results.figures.zones.items()
    ]
    header = ("zone", "min °C", "mean °C", "max °C", "cold K·h", "warm K·h", "airing h")
    return Table(
        title="comfort",
        header=header,
        rows=rows,
        explanation="Degree-hours too cold and too warm; hours with a window open.",
    )


def _energy(results: Results) -> Table:
    header = ("unit", "heating kWh", "cooling kWh", "electricity kWh", "fuel kWh")
    kwh = {
        name: (each.heating_kwh, each.cooling_kwh, each.electric_kwh, each.fuel_kwh)
        for name, each in results.figures.units.items()
    }
    shown = {name: [f"{each:.1f}" for each in numbers] for name, numbers in kwh.items()}
    rows = [(name, *numbers) for name, numbers in shown.items() if any(each != _NO_KWH for each in numbers)]
    return _without_empty_columns(Table(title="energy", header=header, rows=rows), _NO_KWH)


def _unknown(results: Results) -> Table:
    # At a start each point is unknown until it was read.
    blind = [each for each in results.points if each.longest_unknown >= _MINUTE]
    alike: defaultdict[tuple[timedelta, timedelta], list[Point]] = defaultdict(list)
    for each in sorted(blind, key=lambda each: (-each.unknown, each.point)):
        alike[each.unknown, each.longest_unknown].append(each.point)
    rows = [
        (_named(points), _length(unknown), _length(longest)) for (unknown, longest), points in alike.items()
    ]
    return Table(title="unknown points", header=("point", "altogether", "longest"), rows=rows)


def _named(points: Sequence[Point]) -> str:
    """Return points that were lost together, the first by its name."""
    return points[0] if len(points) == 1 else f"{points[0]} and {len(points) - 1} more"


def _outages(title: str, what: str, outages: Sequence[Outage]) -> Table:
    rows = [
        (each.name, str(each.count), _length(each.total), _length(each.longest), _reason(each))
        for each in outages
    ]
    header = (what, "times", "altogether", "longest", "why at last")
    return _without_empty_columns(Table(title=title, header=header, rows=rows))


def _reason(outage: Outage) -> str:
    """Return why something was away, without its name and without what the service did about it."""
    return outage.reason.removeprefix(f"connection {outage.name}: ").partition("; asking again")[0]


def _messages(results: Results) -> Table:
    told = [
        (each.via, str(count), text)
        for each in results.messages
        for text, count in list(each.texts.items())[:_FEW]
    ]
    asked = [("http", str(count), f"{method} requests") for method, count in results.requests.items()]
    return Table(
        title="messages that would have been sent", header=("by", "times", "what"), rows=[*told, *asked]
    )


def _without_empty_columns(table: Table, nothing: str = "0") -> Table:
    """Return a table without the columns, after the first, in which nothing stands but zeros and blanks."""
    kept = [
        number
        for number in range(len(table.header))
        if number == 0 or not table.rows or any(row[number] not in (nothing, "") for row in table.rows)
    ]
    return replace(
        table,
        header=[table.header[number] for number in kept],
        rows=[[row[number] for number in kept] for row in table.rows],
    )


def _counted(counts: Mapping[str, int]) -> str:
    """Return who did something how often; one alone needs no number."""
    if len(counts) == 1:
        return next(iter(counts)).removeprefix(_RULE)
    return ", ".join(f"{name.removeprefix(_RULE)} {count}" for name, count in counts.items())


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else shown_locally(at, zone, "%Y-%m-%d %H:%M")


def _length(length: timedelta) -> str:
    """Return a length of time to the minute, or to the second where it is short."""
    unit = _MINUTE if length >= timedelta(hours=1) else timedelta(seconds=1)
    return format_duration(length // unit * unit)
