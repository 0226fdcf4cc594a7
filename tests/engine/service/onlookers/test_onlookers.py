"""Those who look on see what an engine does."""

from interlock.history.records import FiringEnd
from interlock.model import Command, Outcome, Reading, Receipt
from interlock.runtime.engine import Engine
from interlock.service.onlookers.feed import Occurrence
from interlock.service.onlookers.onlookers import Onlookers
from support.engine_house import LAMP, TEMPERATURE, House, live
from support.journal_entries import HandClock
from support.measured_journal import MeasuredJournal

_RULES = """
- id: cool
  triggers: {change: living_thermostat.actualtemp}
  actions: [{press: doorbell}, {delay: 1m}, {set: {away.value: on}}]
"""


def test_they_see_what_an_engine_does() -> None:
    houses: list[House] = []
    heard: list[Occurrence] = []

    def engine() -> Engine:
        return houses[0].engine

    async def test(house: House) -> None:
        houses.append(house)
        onlookers.begin()
        await house.at(1)
        house.equipment.values[TEMPERATURE] = 27.0
        await house.at(12)
        with onlookers.feed.listen() as listener:
            house.equipment.values[LAMP] = True
            await house.at(80)
            heard.extend(listener.take().occurrences)

    onlookers = Onlookers(MeasuredJournal(), HandClock(), engine)
    live(
        _RULES,
        test,
        values={TEMPERATURE: 24.0, LAMP: False},
        journal=onlookers.journal,  # type: ignore[arg-type]
        site={"flags": ("away",), "watch": (LAMP,)},
    )
    assert [type(each.what) for each in heard] == [Reading, Command, Reading, Receipt, FiringEnd]
    assert heard[-1].rule == "cool"
    assert onlookers.counts.firings == {"cool": 1}
    assert onlookers.counts.commands == {("house", Outcome.ACCEPTED): 1, ("(virtual)", Outcome.ACCEPTED): 1}
    assert onlookers.lags.cumulated[-1] == 16
