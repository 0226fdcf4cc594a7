"""The room controller drives its units by the temperature, with a hysteresis or in proportion."""

import math

import pytest

from interlock.simulation.plant.thermostat import Demand, Thermostat, ThermostatMode, ThermostatSettings
from interlock.simulation.plant.units import Stage
from support.plant_house import FakeHost

NEVER = math.inf
AUTO = ThermostatSettings(mode=ThermostatMode.AUTO, heating_c=20.0, cooling_c=26.0)


def rig(
    mode: ThermostatMode = ThermostatMode.AUTO, band_k: float | None = None
) -> tuple[Thermostat, Stage, Stage]:
    heat, cold = Stage("heat"), Stage("cold", heat_w=-1500)
    settings = ThermostatSettings(mode=mode, heating_c=20.0, cooling_c=26.0)
    return (
        Thermostat(heats=[heat], cools=[cold], settings=settings, hysteresis_k=1.0, band_k=band_k),
        heat,
        cold,
    )


def course(mode: ThermostatMode, *temperatures_c: float) -> list[tuple[str, float, float]]:
    thermostat, heat, cold = rig(mode)
    seen = []
    for zone_c in temperatures_c:
        thermostat.decide(zone_c)
        seen.append((thermostat.demand.value, heat.level_percent, cold.level_percent))
    return seen


REST, HEAT, COLD = ("none", 0, 0), ("heating", 100, 0), ("cooling", 0, 100)


@pytest.mark.parametrize(
    ("mode", "seen"),
    [
        (ThermostatMode.AUTO, [REST, HEAT, HEAT, REST, REST, COLD, COLD, REST]),
        (ThermostatMode.HEATING, [REST, HEAT, HEAT, REST, REST, REST, REST, REST]),
        (ThermostatMode.COOLING, [REST, REST, REST, REST, REST, COLD, COLD, REST]),
        (ThermostatMode.OFF, [REST] * 8),
    ],
)
def test_it_switches_half_the_hysteresis_before_and_beyond_the_setpoint(
    mode: ThermostatMode, seen: list[tuple[str, float, float]]
) -> None:
    assert course(mode, 19.6, 19.4, 20.4, 20.6, 26.4, 26.6, 25.6, 25.4) == seen


@pytest.mark.parametrize(
    ("mode", "zone_c", "bounds"),
    [
        (ThermostatMode.AUTO, 22, (19.5, 26.5)),
        (ThermostatMode.AUTO, 18, (-NEVER, 20.5)),
        (ThermostatMode.AUTO, 28, (25.5, NEVER)),
        (ThermostatMode.HEATING, 22, (19.5, NEVER)),
        (ThermostatMode.COOLING, 22, (-NEVER, 26.5)),
        (ThermostatMode.OFF, 22, (-NEVER, NEVER)),
    ],
)
def test_it_says_where_it_decides_next(
    mode: ThermostatMode, zone_c: float, bounds: tuple[float, float]
) -> None:
    assert rig(mode)[0].decide(zone_c) == bounds


@pytest.mark.parametrize("threshold_c", [19.5, 26.5])
def test_at_a_threshold_it_rests_yet(threshold_c: float) -> None:
    thermostat, _, _ = rig()
    thermostat.decide(threshold_c)
    assert thermostat.demand is Demand.NONE


@pytest.mark.parametrize(("start_c", "threshold_c"), [(18.0, 20.5), (28.0, 25.5)])
def test_at_the_other_threshold_it_rests_again(start_c: float, threshold_c: float) -> None:
    thermostat, _, _ = rig()
    thermostat.decide(start_c)
    thermostat.decide(threshold_c)
    assert thermostat.demand is Demand.NONE


def test_on_its_way_to_the_setpoint_it_goes_on() -> None:
    thermostat, heat, _ = rig()
    thermostat.decide(18.0)
    assert thermostat.decide(20.2) == (-NEVER, 20.5)
    assert heat.is_on


@pytest.mark.parametrize(
    ("zone_c", "heat", "cold", "demand"),
    [
        (17, 100, 0, Demand.HEATING),
        (19, 50, 0, Demand.HEATING),
        (20, 0, 0, Demand.NONE),
        (23, 0, 0, Demand.NONE),
        (26, 0, 0, Demand.NONE),
        (26.5, 0, 25, Demand.COOLING),
        (30, 0, 100, Demand.COOLING),
    ],
)
def test_with_a_band_it_opens_in_proportion(zone_c: float, heat: float, cold: float, demand: Demand) -> None:
    thermostat, heating, cooling = rig(band_k=2.0)
    assert thermostat.decide(zone_c) == (-NEVER, NEVER)
    assert (heating.level_percent, cooling.level_percent, thermostat.demand) == (heat, cold, demand)


@pytest.mark.parametrize(
    ("mode", "zone_c"), [(ThermostatMode.COOLING, 10), (ThermostatMode.HEATING, 40), (ThermostatMode.OFF, 10)]
)
def test_with_a_band_it_keeps_to_its_mode(mode: ThermostatMode, zone_c: float) -> None:
    thermostat, heat, cold = rig(mode, band_k=2.0)
    thermostat.decide(zone_c)
    assert (heat.level_percent, cold.level_percent, thermostat.demand) == (0, 0, Demand.NONE)


@pytest.mark.parametrize(("band_k", "is_modulating"), [(None, False), (1.0, True)])
def test_only_with_a_band_it_has_to_be_asked_again_and_again(
    band_k: float | None, is_modulating: bool
) -> None:
    assert rig(band_k=band_k)[0].is_modulating is is_modulating


def test_new_settings_disturb_its_zone_and_the_same_do_not() -> None:
    thermostat, host = Thermostat(settings=AUTO), FakeHost()
    thermostat.settings = AUTO
    thermostat.hang_in(host)
    thermostat.settings = ThermostatSettings(mode=ThermostatMode.AUTO, heating_c=20.0, cooling_c=26.0)
    assert host.disturbances == 0
    thermostat.settings = ThermostatSettings(heating_c=21.0)
    assert (host.disturbances, thermostat.settings.heating_c) == (1, 21.0)


def test_it_may_be_told_before_it_hangs_anywhere() -> None:
    thermostat = Thermostat()
    thermostat.settings = AUTO
    assert thermostat.settings == AUTO


def test_it_hangs_in_one_zone() -> None:
    thermostat = Thermostat()
    thermostat.hang_in(FakeHost())
    with pytest.raises(ValueError, match="the thermostat hangs in a zone already"):
        thermostat.hang_in(FakeHost())


def test_by_itself_it_heats_to_20_degrees_within_half_a_kelvin() -> None:
    thermostat = Thermostat()
    assert thermostat.settings == ThermostatSettings(
        mode=ThermostatMode.HEATING, heating_c=20.0, cooling_c=26.0
    )
    assert thermostat.decide(22.0) == (19.75, NEVER)
