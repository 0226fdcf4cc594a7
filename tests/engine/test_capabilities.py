"""What a capability takes, and how it says what it does not."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from interlock.capabilities import Capability, Field, ValueType, nearest
from interlock.errors import InvalidValue


def capability(kind: ValueType, **rest: object) -> Capability:
    return Capability(controller="c", type=kind, description="", source="", **rest)  # type: ignore[arg-type]


SWITCH = capability(ValueType.BOOLEAN)
PERCENT = capability(ValueType.INTEGER, minimum=0, maximum=100, unit="%")
SETPOINT = capability(ValueType.NUMBER, minimum=5, maximum=35, step=0.5, unit="°C")
MODE = capability(ValueType.CHOICE, choices=("cooling", "heating", "Cool-Stage1"))
COLOR = capability(ValueType.COLOR)
PRESS = capability(ValueType.NONE)
NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "given", "held"),
    [
        (SWITCH, "on", True),
        (SWITCH, "Off", False),
        (SWITCH, "yes", True),
        (SWITCH, "no", False),
        (SWITCH, "true", True),
        (SWITCH, 1, True),
        (SWITCH, 0.0, False),
        (SWITCH, False, False),
        (PERCENT, 50, 50),
        (PERCENT, "50", 50),
        (PERCENT, 50.0, 50),
        (PERCENT, 0, 0),
        (PERCENT, 100, 100),
        (SETPOINT, 20.5, 20.5),
        (SETPOINT, "20.5", 20.5),
        (SETPOINT, 21, 21.0),
        (MODE, "cooling", "cooling"),
        (MODE, "HEATING", "heating"),
        (MODE, " cool-stage1 ", "Cool-Stage1"),
        (COLOR, "255, 0,7", (255, 0, 7)),
        (COLOR, [1, 2, 3], (1, 2, 3)),
        (PRESS, None, None),
        (capability(ValueType.TEXT), "Lobby", "Lobby"),
        (capability(ValueType.TEXT), 7, "7"),
        (capability(ValueType.INSTANT), NOW, NOW),
        (capability(ValueType.DURATION), timedelta(days=1), timedelta(days=1)),
        (capability(ValueType.LIST), ["a", "b"], ("a", "b")),
    ],
)
def test_a_value_is_held_in_the_controllers_own_form(kind: Capability, given: object, held: object) -> None:
    value = kind.check(given)
    assert value == held
    assert type(value) is type(held)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (SWITCH, "auto", "c cannot be 'auto': it takes on or off"),
        (SWITCH, 2, "c cannot be 2: it takes on or off"),
        (SWITCH, None, "c cannot be empty: it takes on or off"),
        (PERCENT, 101, "c cannot be 101: it takes an integer from 0 to 100 %"),
        (PERCENT, -1, "c cannot be -1: it takes an integer from 0 to 100 %"),
        (PERCENT, 50.5, "c cannot be 50.5: it takes an integer from 0 to 100 %"),
        (PERCENT, True, "c cannot be true: it takes an integer from 0 to 100 %"),
        (PERCENT, "half", "c cannot be 'half': it takes an integer from 0 to 100 %"),
        (SETPOINT, 4.5, "c cannot be 4.5: it takes a number from 5 to 35 °C"),
        (SETPOINT, float("nan"), "c cannot be nan: it takes a number from 5 to 35 °C"),
        (SETPOINT, "inf", "c cannot be 'inf': it takes a number from 5 to 35 °C"),
        (SETPOINT, 10**309, f"c cannot be {10**309}: it takes a number from 5 to 35 °C"),
        (SETPOINT, {}, "c cannot be {}: it takes a number from 5 to 35 °C"),
        (SETPOINT, 20.3, "c cannot be 20.3: it takes a number from 5 to 35 °C in steps of 0.5"),
        (
            MODE,
            "colling",
            "c cannot be 'colling': it takes cooling, heating or Cool-Stage1; did you mean 'cooling'?",
        ),
        (MODE, "zzz", "c cannot be 'zzz': it takes cooling, heating or Cool-Stage1"),
        (MODE, True, "c cannot be true: it takes cooling, heating or Cool-Stage1"),
        (COLOR, "1,2", "c cannot be '1,2': it takes three integers from 0 to 255"),
        (COLOR, "1,2,256", "c cannot be '1,2,256': it takes three integers from 0 to 255"),
        (COLOR, 7, "c cannot be 7: it takes three integers from 0 to 255"),
        (PRESS, 1, "c cannot be 1: it takes no value"),
        (capability(ValueType.TEXT), None, "c cannot be empty: it takes a text"),
        (capability(ValueType.INSTANT), datetime(2026, 1, 1), "c cannot be .*: it takes an instant"),  # noqa: DTZ001
        (capability(ValueType.DURATION), 5, "c cannot be 5: it takes a duration"),
        (capability(ValueType.LIST), "a", "c cannot be 'a': it takes a list"),
    ],
)
def test_a_value_it_cannot_take_is_refused_with_what_it_takes(
    kind: Capability, given: object, message: str
) -> None:
    with pytest.raises(InvalidValue, match=f"^{message.replace('?', '[?]')}$"):
        kind.check(given)


def test_choices_called_on_and_off_take_a_boolean() -> None:
    keypad = capability(ValueType.CHOICE, choices=("On", "Off"))
    assert (keypad.check(True), keypad.check(False)) == ("On", "Off")


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"minimum": 1.0}, "a number of at least 1"),
        ({"maximum": 9.5}, "a number of at most 9.5"),
        ({"unit": "lx"}, "a number lx"),
        ({}, "a number"),
    ],
)
def test_open_ranges_are_said_in_words(limits: dict[str, object], text: str) -> None:
    assert capability(ValueType.NUMBER, **limits).allowed == text


@pytest.mark.parametrize(
    ("kind", "limits", "text"),
    [
        (ValueType.INTEGER, (0, 4294967295), "an integer from 0 to 4294967295"),
        (ValueType.INTEGER, (-2147483648, 2147483647), "an integer from -2147483648 to 2147483647"),
        (ValueType.NUMBER, (-1234567.0, 0.5), "a number from -1.23457e+06 to 0.5"),
    ],
)
def test_the_limits_of_integers_are_said_in_full(
    kind: ValueType, limits: tuple[float, float], text: str
) -> None:
    assert capability(kind, minimum=limits[0], maximum=limits[1]).allowed == text


def test_of_very_many_choices_the_first_and_the_last_are_said() -> None:
    words = tuple(f"scene {number}" for number in range(32))
    assert capability(ValueType.CHOICE, choices=words).allowed == "scene 0, scene 1, … or scene 31"
    assert capability(ValueType.CHOICE, choices=words[:31]).allowed.endswith("scene 28, scene 29 or scene 30")


CLOCK = {"pattern": "[0-9]{2}:[0-9]{2}", "form": "a time of day such as 07:30"}


def test_a_text_has_the_form_that_is_declared() -> None:
    clock = capability(ValueType.TEXT, **CLOCK)
    assert clock.check("07:30") == "07:30"
    assert clock.allowed == "a time of day such as 07:30"


@pytest.mark.parametrize("text", ["7:30", "07:30:15", " 07:30", "07:30\n", ""])
def test_a_text_of_another_form_is_refused_and_yet_read(text: str) -> None:
    clock = capability(ValueType.TEXT, **CLOCK)
    with pytest.raises(InvalidValue) as caught:
        clock.check(text)
    assert str(caught.value).endswith(f"cannot be {text!r}: it takes a time of day such as 07:30")
    assert clock.check_reading(text) == text


def test_a_single_choice_is_said_alone() -> None:
    assert capability(ValueType.CHOICE, choices=("launch",)).allowed == "launch"


def test_the_nearest_name_keeps_its_own_spelling() -> None:
    assert nearest("HVACMOD", ["hvacMode", "hvacfan"]) == "hvacMode"


def test_nothing_is_near_a_word_of_another_kind() -> None:
    assert nearest("window", ["hvacMode", "setpoint"]) is None


def test_a_controller_can_only_what_its_row_says() -> None:
    plain = capability(ValueType.NUMBER)
    can = (plain.readable, plain.writable, plain.is_trigger, plain.feedback)
    assert (can, plain.idempotent) == ((False, False, False, False), True)


def test_kinds_of_values_are_named_as_people_name_them() -> None:
    assert [kind.value for kind in ValueType] == [
        "boolean",
        "integer",
        "number",
        "choice",
        "text",
        "instant",
        "duration",
        "color",
        "list",
        "none",
    ]


DAY = Field(name="day", type=ValueType.CHOICE, description="the day", choices=("Monday", "Tuesday"))
HEAT = Field(
    name="heat", type=ValueType.NUMBER, description="in °F", is_required=False, minimum=40, maximum=99
)
CALL = Capability(
    controller="schedule_set",
    type=ValueType.NONE,
    description="",
    source="",
    writable=True,
    is_trigger=True,
    fields=(DAY, HEAT),
)


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ({"day": "monday"}, {"day": "Monday"}),
        ({"heat": "68", "day": "Tuesday"}, {"day": "Tuesday", "heat": 68.0}),
    ],
)
def test_the_fields_of_a_call_are_checked_and_put_in_order(
    given: dict[str, object], checked: dict[str, object]
) -> None:
    found = CALL.check_fields(given)
    assert (dict(found), list(found)) == (checked, list(checked))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dya": "Monday"}, "schedule_set has no field 'dya'; did you mean 'day'?"),
        ({"colour": 3}, "schedule_set has no field 'colour'; it takes day, heat"),
        ({"heat": 68}, "schedule_set needs 'day': the day"),
        (
            {"day": "Munday"},
            "day cannot be 'Munday': it takes Monday or Tuesday; did you mean 'Monday'?",
        ),
        ({"day": "Monday", "heat": 20}, "heat cannot be 20: it takes a number from 40 to 99"),
    ],
)
def test_what_a_call_cannot_take_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        CALL.check_fields(given)
    assert str(refused.value) == message


def test_a_controller_without_fields_takes_none() -> None:
    with pytest.raises(InvalidValue, match="x has no field 'a'; it takes none"):
        Capability(controller="x", type=ValueType.NONE, description="", source="").check_fields({"a": 1})


@pytest.mark.parametrize(
    ("type_", "access", "is_assumed", "has_reading"),
    [
        (ValueType.BOOLEAN, {"writable": True}, True, True),
        (ValueType.BOOLEAN, {"writable": True, "readable": True}, False, True),
        (ValueType.BOOLEAN, {"readable": True}, False, True),
        (ValueType.BOOLEAN, {"writable": True, "is_trigger": True}, False, False),
        (ValueType.NONE, {"writable": True}, False, False),
        (ValueType.BOOLEAN, {}, False, False),
    ],
)
def test_a_state_that_can_only_be_written_holds_an_assumed_reading(
    type_: ValueType, access: dict[str, bool], is_assumed: bool, has_reading: bool
) -> None:
    capability = Capability(controller="x", type=type_, description="", source="", **access)  # type: ignore[arg-type]
    assert (capability.is_assumed, capability.has_reading) == (is_assumed, has_reading)


def test_a_reading_of_what_is_set_in_integers_may_be_a_fraction_within_the_range() -> None:
    assert PERCENT.check_reading(50.5) == 50.5
    assert PERCENT.check_reading(50.0) == 50
    for wrong in (100.5, -0.5, math.nan, math.inf, True, "half"):
        with pytest.raises(InvalidValue):
            PERCENT.check_reading(wrong)
