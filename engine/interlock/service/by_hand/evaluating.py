"""What an expression comes to, and what its parts come to: for people who write one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from interlock.capabilities import nearest
from interlock.clock import WallClock
from interlock.config.site import Site
from interlock.errors import DriverError, InvalidValue
from interlock.expressions import CompiledTemplate, ExpressionError, Scope, View, compile_template
from interlock.expressions.anatomy import Anatomy, anatomy
from interlock.model import Point, Quality, Reading, Value, format_value
from interlock.rules.grammar.context import Context
from interlock.rules.state import State
from interlock.service.by_hand.reading import read_points
from interlock.service.control.protocol import Computed, ControlError, UnknownName


def compute(text: str, site: Site, state: State, given: Mapping[str, str]) -> Computed:
    """Return what an expression, or a text with ``{{ }}`` in it, comes to.

    Args:
        text: As in a rule.
        site: Has the points.
        state: What is known of them.
        given: What some points are taken to hold, as on the command line.

    Raises:
        ControlError: the expression is wrong, or a value cannot be for its point.
    """
    view = _with_given(site, state, given)
    scope = scope_of(site)
    if not is_template(text):
        return _computed(_parsed(text, scope), view)
    template = _template(text, scope)
    parts = [each for each in template.parts if not isinstance(each, str)]
    return Computed(
        text=text,
        type="text",
        value=template.render(view),
        parts=tuple(_computed(anatomy(each.text, scope), view) for each in parts),
    )


async def compute_at_rest(text: str, site: Site, given: Mapping[str, str]) -> Computed:
    """Return what an expression comes to while no service runs: what it needs and is not given is read once.

    Raises:
        ControlError: as `compute`.
    """
    wanted = [point for point in points_of(text, site) if point in site.targets and point not in given]
    readable = sorted(point for point in wanted if site.targets[point].capability.readable)
    answers = await read_points(site, readable) if readable else {}
    return compute(text, site, with_answers(site, answers, WallClock().now()), given)


def points_of(text: str, site: Site) -> Collection[Point]:
    """Return the points that an expression or a text with expressions in it reads.

    Raises:
        ControlError: it is wrong.
    """
    scope = scope_of(site)
    return _template(text, scope).points if is_template(text) else _parsed(text, scope).compiled.points


def is_template(text: str) -> bool:
    """Whether a text has expressions in it, and is not one expression in braces."""
    stripped = text.strip()
    is_one = stripped.startswith("{{") and stripped.endswith("}}") and stripped.count("{{") == 1
    return "{{" in text and not is_one


def with_answers(site: Site, answers: Mapping[Point, Value | DriverError], now: datetime) -> State:
    """Return a state in which points hold what they answered."""
    state = State(site.timezone, now)
    readings = [_reading(point, answer, now) for point, answer in answers.items()]
    state.apply(readings, now)
    return state


def scope_of(site: Site) -> Scope:
    """Return what the names in an expression of a site can mean."""
    return Context(site).scope


def _parsed(text: str, scope: Scope) -> Anatomy:
    try:
        return anatomy(text, scope)
    except ExpressionError as error:
        raise _wrong(error) from error


def _template(text: str, scope: Scope) -> CompiledTemplate:
    try:
        return compile_template(text, scope)
    except ExpressionError as error:
        raise _wrong(error) from error


def _wrong(error: ExpressionError) -> ControlError:
    found = [f"{each.message}; {each.hint}" if each.hint else each.message for each in error.problems]
    return ControlError("; ".join(found))


def _computed(found: Anatomy, view: View) -> Computed:
    compiled = found.compiled
    result = compiled.evaluate(view)
    return Computed(
        text=compiled.text,
        type=compiled.type.kind.value,
        value="" if result.value is None else format_value(result.value),
        reason=result.reason,
        parts=tuple(_computed(part, view) for part in found.parts),
    )


def _with_given(site: Site, state: State, given: Mapping[str, str]) -> State:
    values = {Point(name): _value(site, name, text) for name, text in given.items()}
    return state.supposing(values) if values else state


def _value(site: Site, name: str, text: str) -> Value:
    target = site.targets.get(Point(name))
    if target is None:
        meant = nearest(name, site.targets)
        raise UnknownName(f"there is no point '{name}'" + (f"; did you mean '{meant}'?" if meant else ""))
    try:
        value = target.capability.check_reading(text)
    except InvalidValue as error:
        raise ControlError(f"{target.device.name}.{error}") from error
    if value is None:
        raise ControlError(f"{name} holds no value")
    return value


def _reading(point: Point, answer: Value | DriverError, now: datetime) -> Reading:
    if not isinstance(answer, DriverError):
        return Reading(point=point, value=answer, observed_at=now)
    return Reading(point=point, value=None, observed_at=now, quality=Quality.FAULT, reason=answer.message)
