"""Judges commands by the guards of their points: minimum times, changes in a period, steps and ranges.

It reads no clock and sends nothing. What it goes by is the past of the point, as far as that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from interlock.config.guards import Guard
from interlock.durations import format_duration
from interlock.model import Value, format_value


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of value that we made."""

    at: datetime
    """UTC."""
    was: Value | None
    """What it was before; None where that was unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a guarded point."""

    value: Value | None
    """What it holds, or will once what is on the wire has arrived; None where that is unknown."""
    since: datetime
    """Since when it is on, or off, UTC. Where that is not known, it is taken to have just been switched."""
    changes: Sequence[Changed] = ()
    """Ours, oldest first, as far back as the guard counts."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a guard says to a command."""

    reason: str = ""
    """Why it may not pass as it is; empty where it may."""
    until: datetime | None = None
    """When it may be asked again, UTC; None where it will not pass then either."""
    step: Value | None = None
    """What may be sent now, where the rest has to wait."""


PASSED = Ruling()


def judge(guard: Guard, past: Past, wanted: Value, now: datetime) -> Ruling:
    """Return what a guard says to a value that is wanted now."""
    if reason := out_of_range(guard, wanted):
        return Ruling(reason)
    if wanted == past.value:
        return PASSED
    for ruling in (_minimum_time(guard, past, wanted, now), _change_count(guard, past, now)):
        if ruling.reason:
            return ruling
    return _step(guard, past, wanted, now)


def is_on(value: Value) -> bool:
    """Whether a value means on: a switch that is on, a number that is not 0, no choice ``off``."""
    return value.strip().lower() != "off" if isinstance(value, str) else bool(value)


def out_of_range(guard: Guard, wanted: Value) -> str:
    """Return why a guard never lets a value pass; empty where it may."""
    if _is_number(wanted):
        if guard.minimum is not None and wanted < guard.minimum:
            return f"its guard lets it be {guard.minimum:g} at least"
        if guard.maximum is not None and wanted > guard.maximum:
            return f"its guard lets it be {guard.maximum:g} at most"
    return ""


def _minimum_time(guard: Guard, past: Past, wanted: Value, now: datetime) -> Ruling:
    will_be_on = is_on(wanted)
    if past.value is not None and is_on(past.value) == will_be_on:
        return PASSED
    least, word, state = (guard.min_off, "min_off", "off") if will_be_on else (guard.min_on, "min_on", "on")
    until = past.since + least
    if now >= until:
        return PASSED
    return Ruling(f"{word} {format_duration(least)}: {_since(past, state)}", until)


def _since(past: Past, state: str) -> str:
    return f"it may be {state} since just now" if past.value is None else f"it is not {state} for so long yet"


def _change_count(guard: Guard, past: Past, now: datetime) -> Ruling:
    if guard.max_changes is None:
        return PASSED
    lately = [each.at for each in past.changes if each.at > now - guard.changes_in]
    if len(lately) < guard.max_changes:
        return PASSED
    until = lately[-guard.max_changes] + guard.changes_in
    times = f"{guard.max_changes} per {format_duration(guard.changes_in)}"
    return Ruling(f"max_changes {times}: it has changed so often", until)


def _step(guard: Guard, past: Past, wanted: Value, now: datetime) -> Ruling:
    if guard.max_step is None or not _is_number(wanted):
        return PASSED
    if not _is_number(past.value):
        return Ruling(f"max_step {guard.max_step:g}: where it stands is not known")
    if guard.step_every is None:
        is_small = abs(wanted - past.value) <= guard.max_step
        return (
            PASSED
            if is_small
            else Ruling(f"max_step {guard.max_step:g}: it is at {format_value(past.value)}")
        )
    lately = [each for each in past.changes if each.at > now - guard.step_every]
    until = (lately[0].at if lately else now) + guard.step_every
    was = lately[0].was if lately else past.value
    step = _nearest(wanted, was if _is_number(was) else past.value, guard.max_step)
    if step == wanted:
        return PASSED
    is_ahead = abs(wanted - step) < abs(wanted - past.value)
    reason = f"max_step {guard.max_step:g} per {format_duration(guard.step_every)}"
    return Ruling(reason, until, type(wanted)(step) if is_ahead else None)


def _nearest(wanted: float, base: float, step: float) -> float:
    """Return how near to what is wanted a number comes that moves by one step from where it was."""
    return min(max(wanted, base - step), base + step)


def _is_number(value: Value | None) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
