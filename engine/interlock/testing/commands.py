"""What the points of a rig can be told: states with their values, triggers, and calls with fields."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pytest

from interlock.capabilities import ValueType
from interlock.driver import Target, Write
from interlock.model import Value
from interlock.testing.rig import Rig
from interlock.testing.samples import samples_of


def samples(rig: Rig, target: Target) -> Sequence[Value]:
    """Return values to write to a target."""
    return rig.samples.get(target.point, samples_of(target.capability))


def states(rig: Rig) -> Sequence[tuple[Target, Sequence[Value]]]:
    """Return the targets that hold what is written to them, each with values to write."""
    found = states_if_any(rig)
    if not found:
        pytest.skip("the rig has no target that holds what is written to it")
    return found


def states_if_any(rig: Rig) -> Sequence[tuple[Target, Sequence[Value]]]:
    """Return the targets that hold what is written to them, each with values to write; perhaps none."""
    rows = [target for target in rig.targets if target.capability.writable]
    held = [each for each in rows if not each.capability.is_trigger and not each.capability.fields]
    return [(target, values) for target in held if (values := samples(rig, target))]


def a_write(rig: Rig) -> Write:
    """Return a command that the peer takes."""
    target, values = states(rig)[0]
    return Write(target=target, value=values[-1])


def moments(rig: Rig) -> Sequence[Sequence[Write]]:
    """Return the commands of one moment for each device; neighbours are given different values."""
    commands = [
        Write(target=target, value=values[-1 - place % len(values)])
        for place, (target, values) in enumerate(states(rig))
    ]
    return [list(group) for _, group in groupby(commands, key=lambda each: each.target.device.name)]


def triggers(rig: Rig) -> Sequence[Write]:
    """Return every command of the targets that start something."""
    found = _triggers(rig)
    if not found:
        pytest.skip("the rig has no trigger")
    return found


def calls(rig: Rig) -> Sequence[Write]:
    """Return a call of each controller with fields."""
    found = _calls(rig)
    if not found:
        pytest.skip("the rig has no controller with fields")
    return found


def every_command(rig: Rig) -> Sequence[Write]:
    """Return one command of each kind: every state's last value, every trigger, every call."""
    last = [Write(target=target, value=values[-1]) for target, values in states_if_any(rig)]
    found = [*last, *_triggers(rig), *_calls(rig)]
    if not found:
        pytest.skip("the rig has no target that takes commands")
    return found


def _triggers(rig: Rig) -> Sequence[Write]:
    rows = [target for target in rig.targets if target.capability.is_trigger and not target.capability.fields]
    return [Write(target=target, value=value) for target in rows for value in _starts(rig, target)]


def _starts(rig: Rig, target: Target) -> Sequence[Value | None]:
    return (None,) if target.capability.type is ValueType.NONE else samples(rig, target)


def _calls(rig: Rig) -> Sequence[Write]:
    found = [target for target in rig.targets if target.capability.fields]
    missing = [target.point for target in found if target.point not in rig.calls]
    assert missing == [], f"the rig gives no 'calls' for {', '.join(missing)}"
    return [
        Write(target=each, value=None, fields=each.capability.check_fields(rig.calls[each.point]))
        for each in found
    ]
