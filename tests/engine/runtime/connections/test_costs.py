"""What reads cost, also where a driver does not know."""

import logging

import pytest

from interlock.config.site import Connection
from interlock.runtime.connections.costs import requests_for
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site


def _cost(answer: object) -> int:
    class Planned(FakeDriver):
        @classmethod
        def requests_for(cls, targets, settings):  # type: ignore[no-untyped-def]
            if isinstance(answer, Exception):
                raise answer
            return answer

    site = fake_site(FakeEquipment())
    connection: Connection = site.connections["house"]
    planned = Connection(name="house", driver=Planned, settings=connection.settings)
    return requests_for(planned, list(site.targets.values())[:3])


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_driver_says_how_many_requests_a_read_costs(count: int) -> None:
    assert _cost(count) == count


def test_where_it_does_not_say_each_point_costs_one() -> None:
    site = fake_site(FakeEquipment())
    assert requests_for(site.connections["house"], list(site.targets.values())[:5]) == 5


@pytest.mark.parametrize("answer", [-1, None, "many", 2.5])
def test_nonsense_is_not_believed(answer: object) -> None:
    assert _cost(answer) == 3


def test_a_driver_that_fails_to_plan_is_read_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="interlock.connection"):
        assert _cost(KeyError("guid")) == 3
    assert "connection house: its driver cannot plan: KeyError" in caplog.text
