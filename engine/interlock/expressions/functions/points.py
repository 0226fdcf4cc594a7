"""Functions that ask about a point more than its value, and about a rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import MappingProxyType

from interlock.expressions.functions.declaration import Function, FunctionField, Parameter, Special
from interlock.expressions.past import elapsed
from interlock.expressions.turning import next_second, passing
from interlock.expressions.types import BOOLEAN, DURATION, INSTANT, TEXT, Kind, Type, ranged
from interlock.expressions.unknown import Unknown, why_unknown
from interlock.expressions.view import ORIGINS, RuleFacts, View
from interlock.model import Point, Value


def _available(view: View, point: Point) -> bool:
    return point in view.values


def _age(view: View, point: Point) -> timedelta:
    good_at = view.good_at(point)
    if good_at is None:
        raise Unknown(why_unknown(point, view))
    return elapsed(view, good_at)


def _previous(view: View, point: Point) -> Value:
    value = view.previous(point)
    if value is None:
        raise Unknown(f"{point} had no other value before")
    return value


def _changed_for(view: View, point: Point) -> timedelta:
    changed_at = view.changed_at(point)
    if changed_at is None:
        raise Unknown(why_unknown(point, view))
    return elapsed(view, changed_at)


def _age_passes(view: View, length: timedelta, point: Point) -> datetime | None:
    """Return when a point gets so old. One that is can be seen again without a change, at any time."""
    good_at = view.good_at(point)
    return (
        None
        if good_at is None
        else passing(view, good_at.replace(microsecond=0) + length) or next_second(view)
    )


def _changed_for_passes(view: View, length: timedelta, point: Point) -> datetime | None:
    changed_at = view.changed_at(point)
    return None if changed_at is None else passing(view, changed_at.replace(microsecond=0) + length)


def _origin(view: View, point: Point) -> str:
    origin = view.around.origin(point)
    if origin is None:
        raise Unknown(f"{point} has not changed since the service started")
    return origin


def _facts(view: View, rule: str) -> RuleFacts:
    facts = view.around.rule(rule)
    if facts is None:
        raise Unknown(f"nothing is known of rule '{rule}' here")
    return facts


def _last_fired(view: View, rule: str) -> datetime:
    fired_at = _facts(view, rule).last_fired
    if fired_at is None:
        raise Unknown(f"rule '{rule}' has not fired yet")
    return fired_at


def _fact(read: Callable[[RuleFacts], Value]) -> Callable[[View, str], Value]:
    return lambda view, rule: read(_facts(view, rule))


def _none(view: View, rule: str) -> Value:
    raise Unknown(f"rule('{rule}') has no value of its own")


POINT = Parameter(name="point", takes=Special.POINT)

RULE_FIELDS = MappingProxyType(
    {
        "last_fired": FunctionField(INSTANT, _last_fired, "When it fired last; unknown before it ever did."),
        "count_today": FunctionField(
            ranged(0), _fact(lambda facts: facts.count_today), "How often it fired since local midnight."
        ),
        "is_on": FunctionField(BOOLEAN, _fact(lambda facts: facts.is_on), "Whether it acts at all."),
        "is_running": FunctionField(
            BOOLEAN, _fact(lambda facts: facts.is_running), "Whether its actions are under way."
        ),
    }
)
"""What ``rule('id')`` has."""

POINTS = (
    Function(
        name="available",
        description="Whether the point has a usable value. It is known even where the point is not.",
        parameters=(POINT,),
        result=BOOLEAN,
        compute=_available,
    ),
    Function(
        name="age",
        description="How long ago the point was last good, also while it is stale or at fault, and after a "
        "restart as the journal knows it.",
        parameters=(POINT,),
        result=DURATION,
        compute=_age,
        reads_time=True,
        passes=_age_passes,
    ),
    Function(
        name="previous",
        description="The last other value that the point had before its present one.",
        parameters=(POINT,),
        result=None,
        compute=_previous,
    ),
    Function(
        name="changed_for",
        description="How long the point's value has been the same; one that comes back after an outage or a "
        "restart has been so all the time.",
        parameters=(POINT,),
        result=DURATION,
        compute=_changed_for,
        reads_time=True,
        passes=_changed_for_passes,
    ),
    Function(
        name="origin",
        description="Who changed the point last: 'rule' or 'operator' where its value is what one of them "
        "commanded, 'device' where somebody else or the device itself changed it; unknown until it changes.",
        parameters=(POINT,),
        result=Type(Kind.TEXT, choices=ORIGINS),
        compute=_origin,
    ),
    Function(
        name="rule",
        description="What is known of a rule of the site, behind a dot: "
        + " ".join(f"`{name}`: {each.description}" for name, each in RULE_FIELDS.items()),
        parameters=(Parameter(name="id", takes=Special.RULE),),
        result=TEXT,
        compute=_none,
        reads_time=True,
        fields=RULE_FIELDS,
    ),
)
