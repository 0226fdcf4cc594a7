"""What decisions say: the points as they were seen, and why one was unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from interlock.model import Point
from interlock.rules.rule import Decision, Seen, Verdict
from interlock.rules.state import State
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
    return Seen(point, value) if value is not None else Seen(point, None, _why_unknown(point, view))


def _why_unknown(point: Point, view: State) -> str:
    reading, since = view.reading(point), view.unknown_since(point)
    if reading is None or since is None:
        return "never read"
    local = since.astimezone(view.timezone)
    return f"{reading.reason or reading.quality.value}, since {local:%Y-%m-%d %H:%M:%S}"
