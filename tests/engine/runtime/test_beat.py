"""Signs of life come from the control loop, in order with all else that it takes."""

import asyncio
from datetime import timedelta

from interlock.model import Reading
from support.engine_house import TEMPERATURE, House, live

RULES = "[{id: cool, triggers: [{update: living_thermostat.actualtemp}], actions: [{log: read}]}]"


def test_it_gives_a_sign_of_life_again_and_again_until_it_ends() -> None:
    beats: list[float] = []

    async def test(house: House) -> None:
        house.engine.beat(timedelta(seconds=20), lambda: beats.append(asyncio.get_running_loop().time()))
        await house.at(70)

    live(RULES, test, values={TEMPERATURE: 24.0})
    assert [round(beat) for beat in beats] == [0, 20, 40, 60]


def test_what_came_before_it_is_taken_first() -> None:
    seen: list[object] = []

    async def test(house: House) -> None:
        await house.at(5)
        house.engine.deliver([Reading(point=TEMPERATURE, value=30.0, observed_at=house.clock.now())])
        house.engine.beat(timedelta(hours=1), lambda: seen.append(house.engine.state.values.get(TEMPERATURE)))
        await house.at(6)

    live(RULES, test, values={TEMPERATURE: 24.0})
    assert seen == [30.0]
