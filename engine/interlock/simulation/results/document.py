"""Results as a document for programs; the how-to page of simulations describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.history.values import Json
from interlock.model import Outcome
from interlock.simulation.plant.figures import Figures, UnitFigures, ZoneFigures
from interlock.simulation.results.command_figures import CommandFigures
from interlock.simulation.results.outages import Outage
from interlock.simulation.results.point_figures import PointFigures
from interlock.simulation.results.results import Results
from interlock.simulation.results.rule_figures import RuleFigures
from interlock.simulation.results.unrest import Unrest

_DIGITS = 3


def document_of(results: Results, zone: ZoneInfo) -> Mapping[str, Json]:
    """Return what came of a simulation; lengths of time are seconds, instants the site's time.

    Args:
        results: What came of it.
        zone: The site's.
    """
    return {
        "site": results.site,
        "from": _local(results.begins, zone),
        "to": _local(results.ends, zone),
        "is_whole": results.is_whole,
        "seed": results.seed,
        "poll": results.poll,
        "weather": results.weather,
        "building": list(results.building),
        "faults": list(results.faults),
        "went_wrong": {each.name: _outage(each) for each in results.wrong},
        "rules": {each.rule: _rule(each, zone) for each in results.rules},
        "commands": {str(each.point): _commands(each) for each in results.commands},
        "points": {str(each.point): _point(each) for each in results.points},
        "controlled": [str(point) for point in results.controlled],
        "back_and_forth": {str(each.point): _unrest(each, zone) for each in results.unrest},
        "connections": {each.name: _outage(each) for each in results.connections},
        "interlocks": {each.name: _outage(each) for each in results.interlocks},
        "service": {each.name: _outage(each) for each in results.service},
        "messages": {each.via: {"count": each.count, "texts": each.texts} for each in results.messages},
        "requests": results.requests,
        **_figures(results.figures),
    }


def _rule(rule: RuleFigures, zone: ZoneInfo) -> Json:
    return {
        "fired": rule.fired,
        "else": rule.otherwise,
        "finally": rule.ended,
        "held_back": rule.held_back,
        "held_back_why": rule.held_why,
        "skipped": rule.skipped,
        "failed": rule.failed,
        "failure": rule.failure,
        "condition_false": rule.unmet,
        "condition_unknown": rule.unknown,
        "first_fired": _local(rule.first_at, zone),
        "last_fired": _local(rule.last_at, zone),
        "why_not": rule.why_not,
    }


def _commands(commands: CommandFigures) -> Json:
    outcomes = {each.value: commands.outcomes.get(each, 0) for each in Outcome}
    return {**outcomes, "by": commands.by, "reason": commands.reason}


def _point(point: PointFigures) -> Json:
    mean = None if point.mean is None else round(point.mean, _DIGITS)
    numbers = {"lowest": point.lowest, "mean": mean, "highest": point.highest, "unit": point.unit}
    states = {name: _seconds(length) for name, length in point.states.items()}
    return {
        **({} if point.lowest is None else numbers),
        **({"states_s": states} if states else {}),
        "changes": point.changes,
        "known_s": _seconds(point.known),
        "unknown_s": _seconds(point.unknown),
        "longest_unknown_s": _seconds(point.longest_unknown),
    }


def _unrest(unrest: Unrest, zone: ZoneInfo) -> Json:
    return {
        "most_within_an_hour": unrest.most,
        "worst_hour_ends": _local(unrest.at, zone),
        "times": unrest.times,
        "by": list(unrest.by),
        "between": list(unrest.between),
    }


def _outage(outage: Outage) -> Json:
    return {
        "count": outage.count,
        "total_s": _seconds(outage.total),
        "longest_s": _seconds(outage.longest),
        "reason": outage.reason,
    }


def _figures(figures: Figures) -> Mapping[str, Json]:
    return {
        "zones": {name: _numbers(each) for name, each in figures.zones.items()},
        "units": {name: _numbers(each) for name, each in figures.units.items()},
    }


def _numbers(figures: ZoneFigures | UnitFigures) -> Json:
    return {name: round(number, _DIGITS) for name, number in asdict(figures).items()}


def _seconds(length: timedelta) -> float:
    return round(length.total_seconds(), _DIGITS)


def _local(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")
