"""An engine at work on fake equipment, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from interlock.history.journal import MemoryJournal
from interlock.history.records import FiringEnd, Step
from interlock.model import Point, Receipt, Value
from interlock.rules.rule import Decision, Verdict
from interlock.runtime.engine import Engine
from interlock.simulation.virtual_time import run_virtual
from support.fake_driver import FakeEquipment
from support.fake_rules import rules_of
from support.fake_site import fake_site
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, 0, 0, 500_000, tzinfo=UTC)
"""Half a second past the minute, so that the first poll comes before what is due on the minute."""
TEMPERATURE, SETPOINT = Point("living_thermostat.actualtemp"), Point("living_thermostat.setpoint")
MODE, AC_POWER, SCENE = (
    Point("living_ac.hvacmode"),
    Point("living_ac.hvacpower"),
    Point("evening.scenelaunch"),
)
NOTHING: Mapping[str, object] = {}
LAMP, LEVEL = Point("lamp.power"), Point("lamp.powerlevel")


class House:
    """An engine at work on fake equipment."""

    def __init__(
        self,
        rules: str,
        equipment: FakeEquipment,
        journal: MemoryJournal,
        site: Mapping[str, object] = NOTHING,
        start: datetime = START,
        **options: object,
    ) -> None:
        self.equipment = equipment
        self.journal = journal
        self.clock = SettableClock(start)
        made = fake_site(equipment, **site)  # type: ignore[arg-type]
        self.engine = Engine(
            made,
            rules_of(made, rules),
            clock=self.clock,
            journal=journal,
            seed=1,
            **options,  # type: ignore[arg-type]
        )

    async def at(self, seconds: float) -> None:
        """Wait until so long after the start, and let everything of that moment happen."""
        await asyncio.sleep(seconds - asyncio.get_running_loop().time() + 0.001)

    def found(self, kind: type) -> list[object]:
        return [entry for entry in self.journal.entries if isinstance(entry, kind)]

    def missed(self, verdict: Verdict) -> list[str]:
        """The notes of the near misses of one kind."""
        found = [entry for entry in self.journal.entries if isinstance(entry, Decision)]
        return [entry.note for entry in found if entry.verdict is verdict]

    @property
    def steps(self) -> list[str]:
        return [f"{entry.text}: {entry.note}" for entry in self.journal.entries if isinstance(entry, Step)]

    @property
    def firing_ends(self) -> list[FiringEnd]:
        return [entry for entry in self.journal.entries if isinstance(entry, FiringEnd)]

    @property
    def ends(self) -> list[str]:
        return [end.outcome for end in self.firing_ends]

    @property
    def receipts(self) -> list[Receipt]:
        return [entry for entry in self.journal.entries if isinstance(entry, Receipt)]


async def live_house(
    rules: str,
    test: Callable[[House], Awaitable[None]],
    *,
    values: dict[Point, Value] | None = None,
    journal: MemoryJournal | None = None,
    equipment: FakeEquipment | None = None,
    **options: object,
) -> House:
    """Run an engine while `test` goes on; stop it afterwards."""
    stands = equipment or FakeEquipment(values=values or {})
    house = House(rules, stands, journal or MemoryJournal(), **options)
    await house.journal.open()
    stop = asyncio.Event()
    running = asyncio.create_task(house.engine.run(stop))
    await test(house)
    stop.set()
    await running
    return house


def live(
    rules: str,
    test: Callable[[House], Awaitable[None]],
    *,
    values: dict[Point, Value] | None = None,
    journal: MemoryJournal | None = None,
    equipment: FakeEquipment | None = None,
    **options: object,
) -> House:
    """Run an engine in virtual time while `test` goes on; stop it afterwards."""
    house = live_house(rules, test, values=values, journal=journal, equipment=equipment, **options)
    return run_virtual(house)
