"""The tables, line by line against the manual's."""

from __future__ import annotations

import pytest

from interlock import Capability, ConnectionSettings, DeviceSettings, InvalidValue, ValueType
from interlock.declarations import driver_faults
from interlock_founten import interlock_drivers, interlock_simulators
from interlock_founten.attributes import DAYS, HISTORY, SCHEDULE, THERMOSTAT
from interlock_founten.controllers import (
    GROUP_TYPE,
    THERMOSTAT_TYPE,
    is_schedule,
)
from interlock_founten.driver import Founten
from support.founten_site import settings_of, targets_of

MANUAL = """
name | String | N
groupName | String | Y
serialNo | String | N
system | Off, Auto, Heat, Cool | Y
heatSetting | Integer | Y
coolSetting | Integer | Y
fan | Auto, On | Y
status | Occupied, Vacant | Y
temperature | Decimal | N
setBy | Station, Remote, Schedule | N
frontKeypad | On, Off | Y
runStatus | Off, Cool-Stage1, Cool-Stage2, Heat-Stage1, Heat-Stage2, Fan, Fan2 | N
auxStatus | On, Off | N
cycleRate | Integer | Y
anticipationDegrees | Decimal | Y
calibrationOffet | Decimal | Y
heatStages | Integer | Y
coolStages | Integer | Y
fanStages | Integer | Y
temperatureFormat | Fahrenheit, Celsius | Y
systemType | Conventional, Heat Pump | Y
minHeatSetting | Integer | Y
maxHeatSetting | Integer | Y
minCoolSetting | Integer | Y
maxCoolSetting | Integer | Y
fanCirculationTime | Integer | Y
heatingType | String | Y
heating2Type | String | Y
coolingType | String | Y
cooling2Type | String | Y
allowKeypadDisable | Yes, No | Y
weight | Integer | Y
schedule | On, Off | Y
scheduleRepeat | Weekday, Weekly | Y
scheduleSetTimes | 2, 3, 4, Variable | Y
scheduleMultipleSystem | Yes, No | Y
scheduleMultipleFan | Yes, No | Y
scheduleSystem | Auto, Heat, Cool, Off | Y
scheduleFan | Auto, On | Y
scheduleFrontKeypad | On, Off | Y
"""
"""Thermostat Object, name, values and set, as printed."""

SCHEDULE_MANUAL = """
name | String | N
dayOfWeek | Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Vacation | Y
setTime | Integer | Y
startTime | String | Y
system | Auto, Heat, Cool, Off | Y
heatSetting | Integer | Y
coolSetting | Integer | Y
fan | Auto, On | Y
keypad | On, Off | Y
delete | None | Y
deleteAll | None | Y
"""
_TYPES = {"String": ValueType.TEXT, "Integer": ValueType.INTEGER, "Decimal": ValueType.NUMBER}


def rows(manual: str) -> list[tuple[str, ValueType, tuple[str, ...], bool]]:
    found = []
    for line in manual.strip().splitlines():
        name, values, settable = line.split(" | ")
        kind = _TYPES.get(values, ValueType.CHOICE)
        choices = () if values in _TYPES else tuple(values.split(", "))
        found.append((name, kind, choices, settable == "Y"))
    return found


@pytest.mark.parametrize(("table", "manual"), [(THERMOSTAT, MANUAL), (SCHEDULE, SCHEDULE_MANUAL)])
def test_each_attribute_is_as_the_manual_has_it(table: object, manual: str) -> None:
    ours = [(row.name, row.type, row.choices, row.settable) for row in table]  # type: ignore[attr-defined]
    assert ours == rows(manual)


def test_the_history_remembers_what_the_manual_says() -> None:
    first = [name for name, _, _, _ in rows(MANUAL)][:13]
    assert [row.name for row in HISTORY] == first
    assert first[-1] == "auxStatus"


def test_the_plugin_offers_its_driver_and_simulator() -> None:
    assert interlock_drivers() == (Founten,)
    (simulator,) = interlock_simulators()
    assert simulator.drivers == (Founten.name,) == ("founten",)
    assert list(driver_faults(Founten)) == []


LOBBY = targets_of("lobby", name="Lobby", attributes=["managed"])


def row(controller: str) -> Capability:
    return LOBBY[controller].capability


@pytest.mark.parametrize(("name", "kind", "choices", "settable"), rows(MANUAL))
def test_a_controller_is_its_attribute(
    name: str, kind: ValueType, choices: tuple[str, ...], settable: bool
) -> None:
    found = row(name)
    assert (found.type, found.choices, found.readable, found.writable) == (kind, choices, True, settable)
    assert found.open_choices == bool(choices)
    assert found.excludes == (";:" if kind is ValueType.TEXT else "")
    assert found.source == "Founten API, Object Attributes / Thermostat Object"
    assert not found.is_trigger
    assert found.idempotent


def test_a_user_defined_attribute_is_a_text_that_is_read_and_set() -> None:
    found = row("managed")
    assert (found.type, found.readable, found.writable, found.excludes) == (
        ValueType.TEXT,
        True,
        True,
        ";:",
    )
    assert found.source == "Founten API, User Defined Attributes"


def test_the_calibration_has_two_names() -> None:
    one, other = row("calibrationOffet"), row("calibrationOffset")
    assert (other.type, other.writable) == (one.type, one.writable)
    assert other.description == "another spelling of calibrationOffet"


@pytest.mark.parametrize(
    ("controller", "low", "high"),
    [
        ("heatSetting", -60, 180),
        ("temperature", -60, 180),
        ("maxCoolSetting", -60, 180),
        ("calibrationOffet", None, None),
        ("cycleRate", None, None),
        ("heatStages", 0, None),
        ("coolStages", 0, None),
        ("fanStages", 0, None),
        ("fanCirculationTime", 0, 60),
    ],
)
def test_ranges_are_plausible(controller: str, low: int | None, high: int | None) -> None:
    assert (row(controller).minimum, row(controller).maximum) == (low, high)


@pytest.mark.parametrize(
    ("unit", "temperature", "difference"), [("celsius", "°C", "K"), ("fahrenheit", "°F", "°F")]
)
def test_temperatures_are_decimals_in_the_site_files_unit(
    unit: str, temperature: str, difference: str
) -> None:
    targets = targets_of("lobby", name="Lobby", unit=unit)
    converted = {
        name: target.capability.unit
        for name, target in targets.items()
        if target.capability.unit and name != "fanCirculationTime"
    }
    assert converted == {
        **dict.fromkeys(["heatSetting", "coolSetting", "temperature"], temperature),
        **dict.fromkeys(["minHeatSetting", "maxHeatSetting"], temperature),
        **dict.fromkeys(["minCoolSetting", "maxCoolSetting"], temperature),
        **dict.fromkeys(["anticipationDegrees", "calibrationOffet", "calibrationOffset"], difference),
    }
    assert {targets[name].capability.type for name in converted} == {ValueType.NUMBER}
    fields = {field.name: field for field in targets["schedule_set"].capability.fields}
    assert (fields["heatSetting"].type, fields["coolSetting"].unit) == (ValueType.NUMBER, temperature)
    assert (fields["setTime"].type, fields["setTime"].unit) == (ValueType.INTEGER, "")


def test_a_devices_unit_comes_before_its_connections() -> None:
    connection = settings_of(unit="celsius")
    own = targets_of("lobby", connection=connection, name="Lobby", unit="fahrenheit")
    shared = targets_of("lobby", connection=connection, name="Lobby")
    assert own["temperature"].capability.unit == "°F"
    assert shared["temperature"].capability.unit == "°C"


def test_a_group_has_what_can_be_set_but_what_selects_it() -> None:
    by_name = targets_of("sales", "group", groupName="Sales", attributes=["managed"])
    by_attribute = targets_of("sales", "group", where={"Managed": "yes"}, attributes=["managed", "floor"])
    settable = {name for name, _, _, is_settable in rows(MANUAL) if is_settable} | {"calibrationOffset"}
    assert set(by_name) == settable - {"groupName"} | {"managed"}
    assert set(by_attribute) == settable | {"floor"}


@pytest.mark.parametrize(
    ("controller", "required", "optional"),
    [
        ("schedule_set", "dayOfWeek setTime", "startTime system heatSetting coolSetting fan keypad"),
        ("schedule_add", "dayOfWeek setTime startTime heatSetting coolSetting", "system fan keypad"),
        ("schedule_delete", "dayOfWeek setTime", ""),
        ("schedule_deleteAll", "dayOfWeek", ""),
    ],
)
def test_a_call_of_the_schedule_takes_the_manuals_fields(
    controller: str, required: str, optional: str
) -> None:
    found = row(controller)
    assert [field.name for field in found.fields if field.is_required] == required.split()
    assert [field.name for field in found.fields if not field.is_required] == optional.split()
    assert (found.type, found.writable, found.readable, found.is_trigger) == (
        ValueType.NONE,
        True,
        False,
        True,
    )
    assert is_schedule(LOBBY[controller])


def test_fields_take_what_their_attributes_take() -> None:
    fields = {field.name: field for field in row("schedule_set").fields}
    assert fields["dayOfWeek"].choices == DAYS
    assert fields["dayOfWeek"].check("vacation") == "Vacation"
    assert fields["keypad"].check("on") == "On"
    assert (fields["heatSetting"].minimum, fields["heatSetting"].maximum) == (-60, 180)
    with pytest.raises(InvalidValue):
        fields["heatSetting"].check(20.5)


def test_other_settings_than_ours_leave_the_table_as_it_is() -> None:
    other = Founten.capabilities(GROUP_TYPE, DeviceSettings(), ConnectionSettings())
    assert other == GROUP_TYPE.controllers
    assert len(THERMOSTAT_TYPE.controllers) == 40 + 1 + 4 + 8
