"""What decisions say: the points as they were seen, and why one was unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from interlock.durations import format_duration
from interlock.model import Point
from interlock.rules.rule import Cause, Decision, Rule, Seen, Verdict
from interlock.rules.state import State
from interlock.rules.triggers import Trigger, points_of_trigger
from interlock.rules.watches.becomes import BecomesWatch


def darkened(watch: BecomesWatch, view: State) -> Decision:
    """Return the near miss of a trigger that cannot come any more, because what it needs went unknown."""
    return Decision(
        rule=watch.rule,
        at=view.now,
        cause=watch.cause(view),
        verdict=Verdict.CONDITION_UNKNOWN,
        condition="",
        truth=None,
        seen=seen(watch.trigger.when.points, view),
    )


class _Lasting(Protocol):
    rule: Rule

    @property
    def trigger(self) -> Trigger: ...

    @property
    def asked(self) -> timedelta | None: ...


def broken_hold(held: timedelta, asked: timedelta | None) -> str:
    """Return what is said where something had to last for a time, and was over before."""
    wanted = "a time that is unknown" if asked is None else format_duration(asked)
    return f"it lasted {format_duration(_in_seconds(held))} of {wanted}"


def fallen(watch: _Lasting, held: timedelta, cause: Cause, view: State) -> Decision:
    """Return the near miss of a trigger on what was so, and not for as long as it has to be.

    Args:
        watch: Whose trigger it is.
        held: How long it was so.
        cause: What ended it.
        view: What is known.
    """
    return Decision(
        rule=watch.rule,
        at=view.now,
        cause=cause,
        verdict=Verdict.HOLD_BROKEN,
        condition="",
        truth=False,
        seen=seen(points_of_trigger(watch.trigger), view),
        note=broken_hold(held, watch.asked),
    )


def ended(watch: BecomesWatch, others: Iterable[BecomesWatch], view: State) -> Decision:
    """Return what is said when that is over by which a rule had fired: one trigger, and others with it."""
    also = tuple(str(other.cause(view)) for other in others)
    return Decision(
        rule=watch.rule,
        at=view.now,
        cause=replace(watch.cause(view), also=also),
        verdict=Verdict.ENDED,
        condition="",
        truth=False,
        seen=seen(watch.points, view),
    )


def seen(points: Iterable[Point], view: State) -> tuple[Seen, ...]:
    """Return the points as a decision sees them, in the order of their names."""
    return tuple(_seen(point, view) for point in sorted(points))


def _seen(point: Point, view: State) -> Seen:
    value = view.values.get(point)
    note = _why_unknown(point, view) if value is None else ""
    return Seen(point, value, note, view.good_at(point))


def _in_seconds(length: timedelta) -> timedelta:
    """Return a length of time without its fractions of a second, where it has whole ones."""
    return timedelta(seconds=int(length.total_seconds())) or length


def _why_unknown(point: Point, view: State) -> str:
    reading, since = view.reading(point), view.unknown_since(point)
    if reading is None or since is None:
        return "never read"
    local = since.astimezone(view.timezone)
    return f"{reading.reason or reading.quality.value}, since {local:%Y-%m-%d %H:%M:%S}"
