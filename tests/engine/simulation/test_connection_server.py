"""Which connection of a site a simulator serves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from interlock import ConnectionSettings
from interlock.config.site import Site
from interlock.simulation.connection_server import CannotSimulate, choose_connection
from interlock_thinknx.simulator import ThinknxSimulator
from support.fake_driver import FakeEquipment
from support.fake_site import fake_site


class OfFakes(ThinknxSimulator):
    name = "fakes"
    drivers = ("fake",)


class Choosy(OfFakes):
    @classmethod
    def can_serve(cls, settings: ConnectionSettings) -> bool:
        return settings.poll < timedelta(minutes=1)


def site_with(*names: str) -> Site:
    site = fake_site(FakeEquipment())
    [connection] = site.connections.values()
    return replace(site, connections={name: replace(connection, name=name) for name in names})


def test_the_only_one_that_fits_needs_no_name() -> None:
    assert choose_connection(OfFakes, site_with("house"), None).name == "house"


def test_a_name_chooses_among_several() -> None:
    assert choose_connection(OfFakes, site_with("house", "garden"), "garden").name == "garden"


def test_several_without_a_name_are_listed() -> None:
    with pytest.raises(CannotSimulate) as caught:
        choose_connection(OfFakes, site_with("house", "garden"), None)
    assert str(caught.value) == (
        "simulator fakes can serve several connections: choose house or garden by --connection"
    )


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(CannotSimulate) as caught:
        choose_connection(OfFakes, site_with("house"), "hous")
    assert str(caught.value) == ("simulator fakes cannot serve a connection 'hous'; did you mean 'house'?")


def test_a_site_without_a_fitting_connection_says_what_would_fit() -> None:
    with pytest.raises(CannotSimulate) as caught:
        choose_connection(ThinknxSimulator, site_with("house"), None)
    assert str(caught.value) == (
        "simulator thinknx serves connections of thinknx-local or thinknx-cloud, and the site has none"
    )


def test_a_connection_that_it_cannot_serve_is_none_of_its() -> None:
    site = site_with("house", "garden")
    slow = site.connections["garden"].settings.model_copy(update={"poll": timedelta(hours=1)})
    quick = site.connections["house"].settings.model_copy(update={"poll": timedelta(seconds=1)})
    site = replace(
        site,
        connections={
            "house": replace(site.connections["house"], settings=quick),
            "garden": replace(site.connections["garden"], settings=slow),
        },
    )
    assert choose_connection(OfFakes, site, "garden").name == "garden"
    assert choose_connection(Choosy, site, None).name == "house"
    with pytest.raises(CannotSimulate, match="cannot serve a connection 'garden'; it can serve house"):
        choose_connection(Choosy, site, "garden")
