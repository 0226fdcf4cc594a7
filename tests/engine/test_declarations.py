"""What a driver declares: each inconsistency is found and named."""

from abc import abstractmethod
from dataclasses import replace

import pytest

from interlock import Capability, Driver, Field, Importer, Notifier, ValueType
from interlock.declarations import (
    controller_faults,
    driver_faults,
    importer_faults,
    notifier_faults,
    simulator_faults,
)
from interlock.plugins import load_plugins
from support.fake_driver import LIGHT, THERMOSTAT, FakeDriver, capability
from support.fake_notifier import Bell
from support.plugins import driver_named


def test_sound_drivers_and_simulators_have_no_faults() -> None:
    assert list(driver_faults(FakeDriver)) == []
    assert list(simulator_faults(load_plugins().simulator("thinknx"))) == []


class Unfinished(FakeDriver):
    @abstractmethod
    def later(self) -> None: ...


NOT_A_NAME = "its name is no lower-case word such as 'thinknx-local'"


@pytest.mark.parametrize(
    ("driver", "faults"),
    [
        (int, ["int is no subclass of Driver"]),
        ("fake", ["something of type str is no subclass of Driver"]),
        (Unfinished, ["it lacks later"]),
        (driver_named("Thinknx"), [NOT_A_NAME]),
        (driver_named("a b"), [NOT_A_NAME]),
        (driver_named("a-"), [NOT_A_NAME]),
        (type("Nameless", (FakeDriver,), {"name": 3}), [NOT_A_NAME]),
        (driver_named("x", description=" "), ["it has no description"]),
        (driver_named("x", description=None), ["it has no description"]),
        (driver_named("x", needs="send_bit"), ["its needs are no tuple of controllers' names"]),
        (driver_named("x", Settings=dict), ["its Settings are no subclass of ConnectionSettings"]),
        (driver_named("x", Settings=None), ["its Settings are no subclass of ConnectionSettings"]),
        (driver_named("x", device_types=()), ["its device_types are no tuple of DeviceType"]),
        (driver_named("x", device_types=LIGHT), ["its device_types are no tuple of DeviceType"]),
        (
            driver_named("x", device_types=(LIGHT, 3)),
            ["something of type int among its device_types is no DeviceType"],
        ),
        (
            driver_named("x", device_types=(LIGHT, THERMOSTAT, LIGHT)),
            ["device type 'light' is declared 2 times"],
        ),
        (
            driver_named("x", device_types=(replace(LIGHT, name="a light"),)),
            ["'a light' cannot name a device type"],
        ),
        (
            driver_named("x", device_types=(replace(LIGHT, settings=dict),)),  # type: ignore[arg-type]
            ["device type 'light': its settings are no subclass of DeviceSettings"],
        ),
        (
            driver_named("x", device_types=(replace(LIGHT, controllers=(3,)),)),  # type: ignore[arg-type]
            ["device type 'light': something of type int is no Capability"],
        ),
    ],
)
def test_a_faulty_driver_is_described(driver: object, faults: list[str]) -> None:
    assert list(driver_faults(driver)) == faults


def test_another_name_needs_the_controller_that_it_is_a_name_of() -> None:
    level, other = row(), replace(row(), controller="height", alias_of="level")
    assert list(controller_faults([level, other])) == []
    assert list(controller_faults([other])) == [
        "controller 'height' is another name of 'level', which there is not"
    ]
    third = replace(other, controller="place", alias_of="height")
    assert list(controller_faults([level, other, third])) == [
        "controller 'place' is another name of 'height', which there is not"
    ]


def test_all_faults_of_a_driver_are_told_at_once() -> None:
    driver = driver_named("X", description="", Settings=None, device_types=())
    assert len(list(driver_faults(driver))) == 4


def row(type_: ValueType = ValueType.NUMBER, *, writable: bool = True, **rest: object) -> Capability:
    return capability("level", type_, writable=writable, **rest)


@pytest.mark.parametrize(
    ("faulty", "fault"),
    [
        (
            capability("hvac mode", ValueType.TEXT, readable=True),
            "controller 'hvac mode' is no name that an expression can hold: letters, digits and underscores",
        ),
        (
            row("number"),  # type: ignore[arg-type]
            "has a type that is no ValueType",
        ),
        (row(writable=False), "can neither be read nor written"),
        (row(ValueType.NONE, readable=True), "takes no value and cannot be readable"),
        (row(ValueType.CHOICE), "is a choice without choices"),
        (row(ValueType.CHOICE, choices=("on", "On")), "choice 'on' is declared 2 times"),
        (row(choices=("on",)), "has choices and is no choice but a number"),
        (row(ValueType.TEXT, minimum=1), "has a range and is no number"),
        (row(ValueType.BOOLEAN, step=1), "has a range and is no number"),
        (row(maximum=float("inf")), "has a limit that is not finite"),
        (row(minimum=2, maximum=1), "has a minimum above its maximum: 2 to 1"),
        (row(step=0), "has a step that is not positive"),
        (row(writable=False, readable=True, verbs={"go": None}), "has verbs and cannot be written"),
        (row(verbs={"go": "fast"}), "has the verb 'go', whose value 'fast' it does not take"),
        (row(ValueType.NONE, verbs={"press": "1"}), "has the verb 'press', whose value '1' it does not take"),
    ],
)
def test_a_faulty_capability_is_described(faulty: Capability, fault: str) -> None:
    prefix = "" if fault.startswith("controller") else "controller 'level' "
    assert list(controller_faults([faulty])) == [prefix + fault]


def test_limits_may_meet_and_verbs_may_leave_the_value_to_the_action() -> None:
    rows = [row(minimum=1, maximum=1, verbs={"dim": None, "full": "1"})]
    assert list(controller_faults(rows)) == []


def test_controllers_and_verbs_of_one_device_are_unique() -> None:
    rows = [row(verbs={"go": None}), row(verbs={"go": None})]
    assert list(controller_faults(rows)) == [
        "controller 'level' is declared 2 times",
        "verb 'go' is declared 2 times",
    ]


def test_a_simulator_is_checked_like_a_driver() -> None:
    sound = load_plugins().simulator("thinknx")
    faulty = type("Faulty", (sound,), {"name": "X", "drivers": "thinknx-local", "default_port": "80"})
    assert list(simulator_faults(faulty)) == [
        NOT_A_NAME,
        "its drivers are no tuple of drivers' names",
        "its default_port is no integer",
    ]
    assert list(simulator_faults(Driver)) == ["Driver is no subclass of Simulator"]


def call(*fields: Field, **rest: object) -> Capability:
    kept: dict[str, object] = {"is_trigger": True, "fields": fields} | rest
    return row(ValueType.NONE, **kept)


LEVEL = Field(name="level", type=ValueType.NUMBER, description="how much", minimum=0, maximum=1)
NO_CALL = "has fields and must be a trigger of type NONE that is written and not read"


@pytest.mark.parametrize(
    ("faulty", "fault"),
    [
        (row(fields=(LEVEL,), is_trigger=True), NO_CALL),
        (call(LEVEL, is_trigger=False), NO_CALL),
        (call(LEVEL, verbs={"go": None}), "has fields and verbs: it can only be called"),
        (call(LEVEL, LEVEL), "field 'level' is declared 2 times"),
        (call(3), "has something of type int among its fields"),  # type: ignore[arg-type]
        (call(fields=LEVEL), "has fields that are no tuple of Field"),
        (
            call(replace(LEVEL, name="a level")),
            "has the field 'a level', which is no name: letters, digits and underscores",
        ),
        (
            call(replace(LEVEL, type=ValueType.NONE)),
            "has the field 'level', which has a type that holds no value",
        ),
        (
            call(replace(LEVEL, minimum=2)),
            "has the field 'level', which has a minimum above its maximum: 2 to 1",
        ),
        (
            call(replace(LEVEL, choices=("a",))),
            "has the field 'level', which has choices and is no choice but a number",
        ),
    ],
)
def test_a_faulty_call_is_described(faulty: Capability, fault: str) -> None:
    assert list(controller_faults([faulty])) == [f"controller 'level' {fault}"]


def test_a_sound_call_has_no_faults() -> None:
    assert list(controller_faults([call(LEVEL, replace(LEVEL, name="other"))])) == []


def test_an_importer_is_checked_like_a_driver() -> None:
    faulty = type("Faulty", (Importer,), {"name": "No Word", "description": " ", "drivers": "knx-raw"})
    assert list(importer_faults(faulty)) == [
        "its name is no lower-case word such as 'thinknx-local'",
        "it has no description",
        "it lacks read",
        "its drivers are no tuple of drivers' names",
    ]
    assert list(importer_faults(Driver)) == ["Driver is no subclass of Importer"]


@pytest.mark.parametrize(
    ("notifier", "faults"),
    [
        (Bell, []),
        (int, ["int is no subclass of Notifier"]),
        (
            Notifier,
            [
                NOT_A_NAME,
                "it has no description",
                "it lacks send",
                "its Settings are no subclass of NotifierSettings",
            ],
        ),
        (type("Loud", (Bell,), {"name": "LOUD"}), [NOT_A_NAME]),
        (type("Mute", (Bell,), {"Settings": dict}), ["its Settings are no subclass of NotifierSettings"]),
    ],
)
def test_faults_of_notifiers_are_named(notifier: object, faults: list[str]) -> None:
    assert list(notifier_faults(notifier)) == faults
