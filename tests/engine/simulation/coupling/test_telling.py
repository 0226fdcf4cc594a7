"""The words and numbers of devices, as the plant understands them."""

import pytest

from interlock.model import Value
from interlock.simulation.coupling import telling
from interlock.simulation.plant.air_conditioner import AcMode, FanSpeed
from interlock.simulation.plant.thermostat import ThermostatMode


@pytest.mark.parametrize(
    ("value", "level"),
    [(True, 100), (False, 0), (40, 40), (40.5, 40.5), (-3, 0), (255, 100), ("on", 0), (None, 0)],
)
def test_a_level_is_of_a_relay_or_a_valve(value: Value | None, level: float) -> None:
    assert telling.level_of(value) == level


@pytest.mark.parametrize(
    ("value", "number"), [(21, 21.0), (21.5, 21.5), (True, None), ("21", None), (None, None)]
)
def test_a_number_is_a_number(value: Value | None, number: float | None) -> None:
    assert telling.number_of(value) == number


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("cooling", AcMode.COOLING),
        ("Cool", AcMode.COOLING),
        ("heating", AcMode.HEATING),
        ("dry", AcMode.DRY),
        ("dehumidification", AcMode.DRY),
        ("fan only", AcMode.FAN),
        ("ventilation", AcMode.FAN),
        ("auto", AcMode.AUTO),
        (None, AcMode.AUTO),
    ],
)
def test_the_mode_of_an_air_conditioner(word: str | None, mode: AcMode) -> None:
    assert telling.ac_mode_of(word) is mode


@pytest.mark.parametrize(
    ("value", "speed"),
    [
        ("auto", FanSpeed.AUTO),
        ("minimum", FanSpeed.MINIMUM),
        ("low", FanSpeed.MINIMUM),
        ("average", FanSpeed.AVERAGE),
        ("Medium", FanSpeed.AVERAGE),
        ("maximum", FanSpeed.MAXIMUM),
        ("high", FanSpeed.MAXIMUM),
        (33, FanSpeed.MINIMUM),
        (50, FanSpeed.AVERAGE),
        (67, FanSpeed.MAXIMUM),
        (None, FanSpeed.AUTO),
    ],
)
def test_the_speed_of_a_fan(value: Value | None, speed: FanSpeed) -> None:
    assert telling.speed_of(value) is speed


@pytest.mark.parametrize(
    ("value", "mode"),
    [
        ("Off", ThermostatMode.OFF),
        ("Heat", ThermostatMode.HEATING),
        ("Cool", ThermostatMode.COOLING),
        ("Auto", ThermostatMode.AUTO),
        (False, ThermostatMode.OFF),
        (True, ThermostatMode.COOLING),
        (None, ThermostatMode.COOLING),
        ("holiday", ThermostatMode.COOLING),
    ],
)
def test_what_a_thermostat_may_do(value: Value | None, mode: ThermostatMode) -> None:
    assert telling.system_of(value, ThermostatMode.COOLING) is mode


@pytest.mark.parametrize(
    ("mode", "setback_k"),
    [
        ("comfort", 0.0),
        ("standby", 2.0),
        ("economy", 4.0),
        ("Night", 4.0),
        ("protection", None),
        ("frost", None),
        ("building protection", None),
        (0, 0.0),
        (1, 0.0),
        (2, 2.0),
        (3, 4.0),
        (4, None),
        (True, 0.0),
        (False, 4.0),
        (None, 0.0),
    ],
)
def test_how_much_a_mode_saves(mode: Value | None, setback_k: float | None) -> None:
    assert telling.setback_of(mode) == setback_k


@pytest.mark.parametrize(
    ("value", "stages"),
    [
        ("Off", (0, 0)),
        ("Fan", (0, 0)),
        ("Heat-Stage1", (1, 0)),
        ("Heat-Stage2", (2, 0)),
        ("Cool-Stage1", (0, 1)),
        ("cooling", (0, 1)),
        (None, (0, 0)),
    ],
)
def test_which_stage_runs(value: Value | None, stages: tuple[int, int]) -> None:
    assert telling.stages_of(value) == stages


@pytest.mark.parametrize(("value", "off"), [("Off", True), ("off", True), ("auto", False), (False, False)])
def test_a_word_says_off(value: Value, off: bool) -> None:
    assert telling.is_off(value) is off
