"""Interlocks where no service runs: a command by hand is judged by what devices answer when asked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import Severity
from interlock.model import Origin, Point, Value
from interlock.rules.grammar import load_interlocks
from interlock.rules.interlocks import Interlock
from interlock.runtime.commands.interlocks import Interlocks
from interlock.service.by_hand.evaluating import with_answers
from interlock.service.by_hand.reading import read_points
from interlock.virtual import is_virtual

log = logging.getLogger("interlock.service")


async def objection(site: Site, point: Point, value: Value, owner: Origin, now: datetime) -> str:
    """Return what speaks against setting a point, by the interlocks of its site; empty where nothing does.

    One that has errors cannot be judged, which is logged.
    """
    interlocks, findings = load_interlocks(site)
    if any(finding.severity is Severity.ERROR for finding in findings):
        log.error("interlocks with errors are not judged: interlock check shows them")
    concerned = [each for each in interlocks if point in each.never.points]
    if not concerned:
        return ""
    answers = await read_points(site, _asked(site, concerned))
    at_work = Interlocks(with_answers(site, answers, now), lambda _: timedelta())
    at_work.change(concerned)
    found = at_work.judge(point, value, owner)
    return found.reason if found else ""


def _asked(site: Site, interlocks: Sequence[Interlock]) -> Sequence[Point]:
    """Return the points that can be asked for, of those that interlocks read."""
    points = sorted({point for each in interlocks for point in each.never.points})
    return [point for point in points if point in site.targets and _has_answer(site.targets[point])]


def _has_answer(target: Target) -> bool:
    return target.capability.readable or is_virtual(target)
