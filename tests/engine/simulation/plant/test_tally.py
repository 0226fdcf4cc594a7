"""A tally knows extremes, means and degree-hours."""

from interlock.simulation.plant.figures import Band, Figures, UnitFigures, ZoneFigures
from interlock.simulation.plant.tally import Tally
from support.plant_house import START

BAND = Band(low_c=20.0, high_c=26.0)
HOUR_S = 3600.0


def test_it_counts_discomfort_by_degree_and_hour() -> None:
    tally = Tally(band=BAND, lowest_c=22.0, highest_c=22.0)
    tally.count(2 * HOUR_S, 19.0, 18.0, is_occupied=True, is_open=False)
    tally.count(HOUR_S, 17.0, 19.0, is_occupied=False, is_open=True)
    tally.count(3 * HOUR_S, 28.0, 30.0, is_occupied=True, is_open=True)
    tally.count(HOUR_S, 29.0, 24.0, is_occupied=False, is_open=False)
    tally.count(HOUR_S, 24.0, 24.0, is_occupied=False, is_open=False)
    assert tally.figures(24.0) == ZoneFigures(
        lowest_c=18.0,
        highest_c=30.0,
        mean_c=(2 * 19 + 17 + 3 * 28 + 29 + 24) / 8,
        cold_k_h=2 + 3,
        warm_k_h=6 + 3,
        occupied_cold_k_h=2,
        occupied_warm_k_h=6,
        occupied_h=5,
        window_open_h=4,
    )


def test_the_edges_of_the_band_are_comfortable() -> None:
    tally = Tally(band=BAND, lowest_c=22.0, highest_c=22.0)
    tally.count(HOUR_S, 20.0, 20.0, is_occupied=True, is_open=False)
    tally.count(HOUR_S, 26.0, 26.0, is_occupied=True, is_open=False)
    figures = tally.figures(26.0)
    assert (figures.cold_k_h, figures.warm_k_h) == (0, 0)


def test_before_any_time_has_passed_the_mean_is_what_it_is_now() -> None:
    figures = Tally(band=BAND, lowest_c=22.0, highest_c=22.0).figures(22.0)
    assert (figures.mean_c, figures.lowest_c, figures.highest_c) == (22, 22, 22)


def test_a_building_adds_up_its_units() -> None:
    units = {
        "a": UnitFigures(heating_kwh=1, cooling_kwh=2, electric_kwh=3, fuel_kwh=4),
        "b": UnitFigures(heating_kwh=10, cooling_kwh=20, electric_kwh=30, fuel_kwh=40),
    }
    figures = Figures(since=START, until=START, zones={}, units=units)
    assert (figures.heating_kwh, figures.cooling_kwh, figures.electric_kwh) == (11, 22, 33)
