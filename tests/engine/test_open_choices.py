"""Choices that a device may answer beyond: strict for what is sent, open for what is read and compared."""

from types import MappingProxyType

import pytest

from interlock.capabilities import Capability, ValueType
from interlock.declarations import controller_faults
from interlock.driver import Device, DeviceSettings, Target
from interlock.errors import InvalidValue
from interlock.expressions import ExpressionError, Scope, compile_expression
from interlock.model import Point


def row(controller: str, kind: ValueType = ValueType.CHOICE, **rest: object) -> Capability:
    return Capability(controller=controller, type=kind, description="", source="", readable=True, **rest)  # type: ignore[arg-type]


STATUS = row("status", choices=("Off", "Fan"), open_choices=True)
CLOSED = row("closed", choices=("Off", "Fan"))
NAME = row("name", ValueType.TEXT, excludes=";:")


def scope() -> Scope:
    device = Device(name="hall", connection="shop", type="thermostat", settings=DeviceSettings())
    points = {Point.of("hall", each.controller): each for each in (STATUS, CLOSED)}
    targets = {point: Target(point=point, device=device, capability=each) for point, each in points.items()}
    return Scope(MappingProxyType(targets))


def test_what_is_sent_is_one_of_the_choices() -> None:
    assert STATUS.check("fan") == "Fan"
    with pytest.raises(InvalidValue, match="status cannot be 'Dehumidify': it takes Off or Fan"):
        STATUS.check("Dehumidify")


@pytest.mark.parametrize(("held", "read"), [("fan", "Fan"), ("Dehumidify", "Dehumidify")])
def test_what_is_read_can_be_another_word(held: str, read: str) -> None:
    assert STATUS.check_reading(held) == read


@pytest.mark.parametrize(("kind", "held"), [(STATUS, 3.5), (CLOSED, "Dehumidify"), (NAME, None)])
def test_what_is_read_must_fit_all_the_same(kind: Capability, held: object) -> None:
    with pytest.raises(InvalidValue):
        kind.check_reading(held)


@pytest.mark.parametrize(("given", "char"), [("a;b", ";"), ("06:30", ":")])
def test_a_text_is_sent_without_the_characters_that_it_excludes(given: str, char: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        NAME.check(given)
    assert str(caught.value) == f"name cannot be '{given}': its texts cannot hold '{char}'"
    assert NAME.check_reading(given) == given
    assert NAME.check("a b") == "a b"


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        (row("c", ValueType.TEXT, open_choices=True), "has open choices and is no choice but a text"),
        (row("c", ValueType.NUMBER, excludes=";"), "excludes characters and is no text but a number"),
        (row("c", ValueType.NUMBER, pattern="a", form="a"), "has a pattern and is no text but a number"),
        (
            row("c", ValueType.TEXT, pattern="a"),
            "has one of pattern and form: what it takes must be said in words too",
        ),
        (
            row("c", ValueType.TEXT, form="an a"),
            "has one of pattern and form: what it takes must be said in words too",
        ),
        (
            row("c", ValueType.TEXT, pattern="[", form="an a"),
            "has a pattern that is none: unterminated character set at position 0",
        ),
    ],
)
def test_they_are_declared_where_they_mean_something(declared: Capability, fault: str) -> None:
    assert list(controller_faults([declared])) == [f"controller 'c' {fault}"]


def test_sound_declarations_pass() -> None:
    assert list(controller_faults([STATUS, CLOSED, NAME])) == []


@pytest.mark.parametrize(
    "text", ["hall.status == 'Dehumidify'", "hall.status != 'x'", "hall.status == 'fan'"]
)
def test_open_choices_can_be_compared_with_any_word(text: str) -> None:
    compile_expression(text, scope())


def test_open_choices_can_be_compared_with_other_choices() -> None:
    compile_expression("hall.status == ('Heat' if hall.closed == 'Off' else 'Cool')", scope())


def test_closed_choices_cannot() -> None:
    with pytest.raises(ExpressionError, match=r"hall\.closed can never be 'Dehumidify'"):
        compile_expression("hall.closed == 'Dehumidify'", scope())
