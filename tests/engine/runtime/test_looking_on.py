"""What a running engine tells whoever measures it."""

from interlock.model import Event
from support.engine_house import House, live

SLOW = """
- id: slow
  mode: parallel
  max: 3
  triggers: {event: go}
  actions: [{delay: 1m}]
- id: starts
  triggers: {webhook: door}
  actions: [{raise: go}]
"""


def test_it_counts_the_firings_that_have_not_ended() -> None:
    found: list[int] = []

    async def test(house: House) -> None:
        for seconds in (5, 10, 100):
            await house.at(seconds)
            found.append(house.engine.runner.under_way)
            house.engine.happen(Event(kind="event", name="go"))
            house.engine.happen(Event(kind="event", name="go"))

    live(SLOW, test)
    assert found == [0, 2, 0]


def test_it_counts_what_it_has_not_looked_at() -> None:
    found: list[int] = []

    async def test(house: House) -> None:
        await house.at(5)
        for _ in range(3):
            house.engine.happen(Event(kind="event", name="go"))
        found.append(house.engine.waiting)
        await house.at(6)
        found.append(house.engine.waiting)

    live(SLOW, test)
    assert found == [3, 0]
