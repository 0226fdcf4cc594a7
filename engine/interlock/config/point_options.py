"""What a device says of its points beside its driver's settings: guards, defaults, how hands are taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from interlock.capabilities import Capability, ValueType
from interlock.config.guard_shapes import GuardShape, HandsShape, guard_of
from interlock.config.guards import Guard, Hands
from interlock.config.names import did_you_mean
from interlock.config.nodes import MapNode, Mark, Node, plain
from interlock.config.sections import entries_of, without
from interlock.config.validation import validate
from interlock.driver import Target
from interlock.errors import Diagnostic, InvalidValue, Severity
from interlock.model import Point, Value

GUARD, DEFAULT = "guard", "default"
_HANDS = ("manual_hold", "settle")
OPTIONS = (GUARD, DEFAULT, *_HANDS)
"""The keys of every device that are no settings of its driver."""
_NUMERIC = frozenset({ValueType.NUMBER, ValueType.INTEGER})
_SWITCHED = frozenset({ValueType.BOOLEAN, ValueType.CHOICE, *_NUMERIC})
"""What is on or off."""


@dataclass(slots=True)
class PointOptions:
    """What devices say of their points."""

    guards: dict[Point, Guard] = field(default_factory=dict)
    defaults: dict[Point, Value] = field(default_factory=dict)
    hands: dict[str, Hands] = field(default_factory=dict)


def read_options(
    what: str, entries: MapNode, targets: Sequence[Target], options: PointOptions, problems: list[Diagnostic]
) -> None:
    """Take in what a device says of its points, as far as it is right.

    Args:
        what: How findings name the device.
        entries: Its keys.
        targets: Its points.
        options: What is found is put there.
        problems: Findings are appended to it.
    """
    if GUARD in entries.entries:
        _Guards(what, targets, problems).read(entries.entries[GUARD], options)
    if DEFAULT in entries.entries:
        _Defaults(what, targets, problems).read(entries.entries[DEFAULT], options)
    hands = without(entries, *(key for key in entries.entries if key not in _HANDS))
    if targets and hands.entries:
        _read_hands(targets, hands, options, problems)


def _read_hands(
    targets: Sequence[Target], node: MapNode, options: PointOptions, problems: list[Diagnostic]
) -> None:
    shape, name = validate(HandsShape, node, problems), targets[0].device.name
    if not any(_holds(target.capability) for target in targets):
        key, mark = next(iter(node.keys.items()))
        message = f"nothing of device '{name}' can be set and stay so: '{key}' says nothing"
        problems.append(mark.diagnostic(message, severity=Severity.WARNING))
    if shape is not None:
        options.hands[name] = Hands(manual_hold=shape.manual_hold, settle=shape.settle)


class _PerPoint:
    """What stands under the names of a device's controllers, or right there where it has one alone."""

    _key = ""

    def __init__(self, what: str, targets: Sequence[Target], problems: list[Diagnostic]) -> None:
        self._what = what
        self._known = {target.capability.controller: target for target in targets}
        self._problems = problems

    def _parts(self, node: Node) -> Iterator[tuple[Target, Node]]:
        """Yield each point that is named, with what stands there."""
        only = next(iter(self._known.values())) if len(self._known) == 1 else None
        is_named = isinstance(node, MapNode) and not node.entries.keys().isdisjoint(self._known)
        if only is not None and not is_named and self._is_alone(node):
            yield only, node
            return
        entries = entries_of(node, f"'{self._key}'", self._problems)
        for name, part in entries.entries.items() if entries else ():
            mark = entries.keys[name] if entries else node.mark
            if name in self._known:
                yield self._known[name], part
            elif self._known:
                hint = did_you_mean(name, self._known, "controllers")
                self._report(mark, f"{self._what} has no controller '{name}'", hint)

    def _is_alone(self, node: Node) -> bool:
        """Whether something stands where the controllers' names would."""
        return not isinstance(node, MapNode)

    def _is_state(self, target: Target, mark: Mark) -> bool:
        """Whether a point can be set and stay so; otherwise that is reported."""
        capability = target.capability
        if not capability.writable:
            self._report(mark, f"{target.point} can only be read: '{self._key}' is about what is set")
        elif not _holds(capability):
            self._report(mark, f"{target.point} starts something, and holds no state for '{self._key}'")
        return _holds(capability)

    def _report(self, mark: Mark, message: str, hint: str = "") -> None:
        self._problems.append(mark.diagnostic(message, hint=hint))


class _Defaults(_PerPoint):
    _key = DEFAULT

    def read(self, node: Node, options: PointOptions) -> None:
        """Take in the value of each point that is named."""
        for target, part in self._parts(node):
            if self._is_state(target, part.mark):
                value = self._value(target, part, options.guards.get(target.point))
                if value is not None:
                    options.defaults[target.point] = value

    def _value(self, target: Target, node: Node, guard: Guard | None) -> Value | None:
        try:
            value = target.capability.check(plain(node))
        except InvalidValue as error:
            message, _, hint = str(error).partition("; ")
            self._report(node.mark, message, hint)
            return None
        if guard and _is_outside(guard, value):
            self._report(node.mark, f"the guard of {target.point} refuses its default: {_shown(guard)}")
            return None
        return value


class _Guards(_PerPoint):
    _key = GUARD

    def read(self, node: Node, options: PointOptions) -> None:
        """Take in the guard of each point that is named."""
        for target, part in self._parts(node):
            guard = self._guard(target, part)
            if guard is not None:
                options.guards[target.point] = guard

    def _is_alone(self, node: Node) -> bool:
        return isinstance(node, MapNode)

    def _guard(self, target: Target, node: Node) -> Guard | None:
        shape = validate(GuardShape, node, self._problems, what=f"the guard of {target.point}")
        if not self._is_state(target, node.mark) or shape is None or not isinstance(node, MapNode):
            return None
        if not node.entries:
            hint = f"write one of {', '.join(GuardShape.model_fields)}"
            self._report(node.mark, f"the guard of {target.point} guards nothing", hint)
        is_sound = [self._fits(target, key, node.entries[key].mark, shape) for key in node.entries]
        return guard_of(shape) if is_sound and all(is_sound) else None

    def _fits(self, target: Target, key: str, mark: Mark, shape: GuardShape) -> bool:
        """Whether a key of a guard goes with its point; otherwise that is reported."""
        capability = target.capability
        if key in ("max_step", "range") and capability.type not in _NUMERIC:
            self._report(mark, f"{target.point} holds no number: '{key}' does not go with it")
            return False
        if key in ("min_on", "min_off") and not _can_be_off(capability):
            self._report(mark, f"{target.point} is neither on nor off: '{key}' does not go with it")
            return False
        if key == "range" and shape.range and (fault := _beside(capability, *shape.range)):
            self._report(mark, f"{target.point} {fault}", f"it takes {capability.allowed}")
            return False
        return True


def _holds(capability: Capability) -> bool:
    return capability.writable and not capability.is_trigger and capability.type is not ValueType.NONE


def _can_be_off(capability: Capability) -> bool:
    words = {choice.lower() for choice in capability.choices}
    return capability.type in _SWITCHED and (capability.type is not ValueType.CHOICE or "off" in words)


def _beside(capability: Capability, low: float, high: float) -> str:
    """Return what is wrong with a range beside the one that a controller has itself; empty for nothing."""
    if capability.maximum is not None and low > capability.maximum:
        return f"takes nothing from {low:g} on, so that its guard would refuse everything"
    if capability.minimum is not None and high < capability.minimum:
        return f"takes nothing up to {high:g}, so that its guard would refuse everything"
    return ""


def _is_outside(guard: Guard, value: Value | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    is_below = guard.minimum is not None and value < guard.minimum
    return is_below or (guard.maximum is not None and value > guard.maximum)


def _shown(guard: Guard) -> str:
    return f"it lets pass {guard.minimum:g} to {guard.maximum:g}"
