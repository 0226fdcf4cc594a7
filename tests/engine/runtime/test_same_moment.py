"""What comes at one instant is one moment: a rule fires once for it, and all see one state."""

from datetime import UTC, datetime

import pytest

from interlock.history.records import Firing
from interlock.model import Point, Value
from support.engine_house import LAMP, TEMPERATURE, House, live

BEFORE = datetime(2026, 7, 14, 14, 29, 50, tzinfo=UTC)
"""Ten seconds before 16:30 in Rome, a Tuesday."""


def causes(house: House) -> list[str]:
    return [str(entry.decision.cause) for entry in house.journal.entries if isinstance(entry, Firing)]


def rings(triggers: str, mode: str = "single") -> str:
    return f"- {{id: a, triggers: {triggers}, mode: {mode}, actions: [{{press: doorbell}}, {{delay: 1s}}]}}"


def until(seconds: float, rules: str, values: dict[Point, Value] | None = None) -> House:
    async def test(house: House) -> None:
        await house.at(seconds)

    return live(rules, test, start=BEFORE, values=values)


@pytest.mark.parametrize("mode", ["single", "restart", "queued", "parallel"])
def test_schedules_of_one_instant_fire_a_rule_once(mode: str) -> None:
    house = until(30, rings('[{every: 15m}, {at: "16:30"}, {cron: "30 * * * *"}, {at: "16:31"}]', mode))
    assert causes(house) == ["every 15m, also at 16:30, also cron 30 * * * *"]
    assert len(house.equipment.writes) == 1


def test_an_expression_that_reads_the_time_belongs_to_the_same_instant() -> None:
    house = until(30, rings("""[{becomes: "between('16:30', '17:00')"}, {every: 15m}]"""))
    assert causes(house) == ["becomes between('16:30', '17:00'), also every 15m"]


def test_holds_that_end_together_fire_a_rule_once() -> None:
    rule = rings("[{unavailable: [lamp.power, living_thermostat.actualtemp], for: 5s}]", "queued")

    async def test(house: House) -> None:
        await house.at(5)
        house.equipment.values.clear()
        await house.at(30)

    house = live(rule, test, start=BEFORE, values={LAMP: True, TEMPERATURE: 20.0})
    (cause,) = causes(house)
    assert all(f"{change} to –)" in cause for change in ("on", "20"))
