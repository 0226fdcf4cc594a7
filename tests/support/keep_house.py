"""Rules that keep, hand-made for the evaluator's house."""

from collections.abc import Mapping
from datetime import timedelta

from interlock.capabilities import Capability, ValueType
from interlock.driver import Device, Target
from interlock.expressions.expression import Expression
from interlock.model import Point, Value
from interlock.rules.actions import Amount, Assignment
from interlock.rules.evaluator import Outcome
from interlock.rules.keep import Keep
from interlock.rules.rule import Mode, Rule
from support.fake_driver import FakeDeviceSettings
from support.rule_house import MARK, WRITTEN

VALVE, FLOW = Point("heating.valve"), Point("heating.flow")
_CAPABILITIES = {
    VALVE: Capability(
        controller="valve",
        type=ValueType.BOOLEAN,
        description="",
        source="",
        readable=True,
        writable=True,
    ),
    FLOW: Capability(
        controller="flow",
        type=ValueType.NUMBER,
        description="",
        source="",
        writable=True,
        minimum=20,
        maximum=60,
        unit="°C",
    ),
}
_HEATING = Device(
    name="heating", connection="house", type="heating", settings=FakeDeviceSettings(address="1")
)


def keeping(
    rule_id: str,
    values: Mapping[Point, Value | Expression],
    condition: Expression | None = None,
    *,
    until: Expression | None = None,
    hold: Amount = timedelta(),
    dip: timedelta = timedelta(),
    priority: int = 16,
    releases_unknown: bool = False,
    mode: Mode = Mode.ON,
) -> Rule:
    """A rule that keeps points of the heating at values."""
    assignments = tuple(
        Assignment(
            target=Target(point=point, device=_HEATING, capability=_CAPABILITIES[point]),
            value=value,
            at=MARK,
        )
        for point, value in values.items()
    )
    keep = Keep(
        text="keep " + ", ".join(values),
        assignments=assignments,
        priority=priority,
        condition=condition,
        until=until,
        hold=hold,
        dip=dip,
        releases_unknown=releases_unknown,
    )
    return Rule(
        id=rule_id,
        description="",
        mode=mode,
        triggers=(),
        condition=None,
        actions=(),
        keep=keep,
        written=WRITTEN,
    )


def kept(outcome: Outcome) -> list[tuple[str, Mapping[Point, Value] | None]]:
    """What an outcome says is kept: rules and values; None where a rule lets go."""
    return [(each.rule.id, each.values) for each in outcome.keeps]


def why(outcome: Outcome) -> list[tuple[str, str]]:
    """Why rules begin and end to keep, in an outcome."""
    found = [each.decision for each in outcome.keeps if each.decision]
    return [(each.verdict.value, each.reason) for each in found]
