"""How points count, how finely sensors show, and what devices begin with."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock import Capability, ValueType
from interlock.model import Value
from interlock.simulation.coupling.roles import Role
from interlock.simulation.coupling.scales import fitted, rounding_of, scale_of
from interlock.simulation.coupling.starting import plausible

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def capability(kind: ValueType = ValueType.NUMBER, **rest: object) -> Capability:
    return Capability(
        controller="value",
        type=kind,
        description="",
        source="",
        readable=True,
        writable=True,
        **rest,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("unit", "physics", "point"),
    [
        ("°C", 20.0, 20.0),
        ("°F", 20.0, 68.0),
        ("klx", 25_000.0, 25.0),
        ("kW", 1500.0, 1.5),
        ("Wh", 2.0, 2000.0),
        ("MWh", 2000.0, 2.0),
        ("km/h", 10.0, 36.0),
        ("%", 45.0, 45.0),
    ],
)
def test_points_count_in_their_unit_and_back(unit: str, physics: float, point: float) -> None:
    scale = scale_of(capability(unit=unit))
    assert scale.to_point(physics) == pytest.approx(point)
    assert scale.from_point(point) == pytest.approx(physics)


def test_a_temperature_without_a_unit_counts_as_it_is_said() -> None:
    assert scale_of(capability(), counts_fahrenheit=True).to_point(100) == 212
    assert scale_of(capability(unit="°C"), counts_fahrenheit=True).to_point(100) == 100


@pytest.mark.parametrize(
    ("role", "unit", "number", "shown"),
    [
        (Role.TEMPERATURE, "°C", 21.349, 21.3),
        (Role.TEMPERATURE, "°F", 70.07, 70.1),
        (Role.HUMIDITY, "%", 44.6, 45),
        (Role.CO2, "ppm", 614, 610),
        (Role.POWER, "W", 1234, 1230),
        (Role.POWER, "kW", 1.2342, 1.23),
        (Role.ENERGY, "kWh", 3.149, 3.1),
        (Role.WIND, "m/s", 3.3, 3.5),
        (Role.DAYLIGHT, "lx", 48_321, 48_000),
        (Role.DAYLIGHT, "lx", 7.77, 7.8),
        (Role.DAYLIGHT, "lx", 0.4, 0),
        (Role.BRIGHTNESS, "lx", 0, 0),
        (Role.PRESENCE, "", 1, 1),
    ],
)
def test_sensors_show_no_more_than_they_can(role: Role, unit: str, number: float, shown: float) -> None:
    assert rounding_of(role, scale_of(capability(unit=unit)))(number) == pytest.approx(shown)


@pytest.mark.parametrize(
    ("rest", "number", "value"),
    [
        ({}, 20.12345, 20.123),
        ({"minimum": 0, "maximum": 100}, -5, 0),
        ({"minimum": 0, "maximum": 100}, 105, 100),
        ({"step": 0.5}, 20.3, 20.5),
        ({"minimum": 0.25, "step": 0.5}, 20.3, 20.25),
    ],
)
def test_a_number_is_fitted_into_what_a_point_can_hold(
    rest: dict[str, float], number: float, value: float
) -> None:
    assert fitted(capability(**rest), number) == pytest.approx(value)


def test_a_point_of_whole_numbers_holds_one() -> None:
    value = fitted(capability(ValueType.INTEGER), 20.6)
    assert (value, type(value)) == (21, int)


@pytest.mark.parametrize(
    ("own", "value"),
    [
        (capability(ValueType.BOOLEAN), False),
        (capability(unit="°C"), 21.0),
        (capability(unit="°F"), 70.0),
        (capability(unit="%", minimum=0, maximum=100), 0.0),
        (capability(minimum=5, maximum=10), 5.0),
        (capability(ValueType.INTEGER, maximum=-2), -2),
        (capability(ValueType.CHOICE, choices=("cooling", "auto")), "auto"),
        (capability(ValueType.CHOICE, choices=("standby", "comfort")), "comfort"),
        (capability(ValueType.CHOICE, choices=("a", "b")), "a"),
        (capability(ValueType.TEXT), ""),
        (capability(ValueType.TEXT, pattern="[0-9]{2}:[0-9]{2}"), "07:00"),
        (capability(ValueType.TEXT, pattern="[a-z]{3}"), None),
        (capability(ValueType.INSTANT), NOW),
        (capability(ValueType.DURATION), timedelta()),
        (capability(ValueType.COLOR), (255, 255, 255)),
        (capability(ValueType.LIST), ()),
        (capability(ValueType.NONE), None),
        (capability(ValueType.BOOLEAN, is_trigger=True), None),
    ],
)
def test_devices_begin_with_something_plausible(own: Capability, value: Value | None) -> None:
    assert plausible(own, NOW) == value


@pytest.mark.parametrize(
    ("role", "unit", "value"),
    [
        (Role.SETPOINT, "°C", 21.0),
        (Role.SETPOINT, "°F", 69.8),
        (Role.COOLING_SETPOINT, "", 26.0),
        (Role.AC_SETPOINT, "°C", 24.0),
    ],
)
def test_setpoints_begin_where_people_leave_them(role: Role, unit: str, value: float) -> None:
    assert plausible(capability(unit=unit), NOW, role) == value
