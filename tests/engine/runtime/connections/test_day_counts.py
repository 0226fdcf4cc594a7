"""What a restart knows of the requests that a day's budget has left."""

from datetime import UTC, datetime, timedelta

from interlock.history.journal import MemoryJournal
from interlock.history.records import Remembered
from interlock.rules.memory import TriggerMemory
from support.engine_house import LAMP, House, live
from support.fake_driver import FakeDriver, FakeEquipment
from support.fake_site import fake_site

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
KEY = "connection house/requests"


class PacedDriver(FakeDriver):
    """Asks each point by a request within its limits."""

    async def read(self, targets):  # type: ignore[no-untyped-def]
        for _ in targets:
            await self.limits.pace_read()
        return await super().read(targets)


def run(journal: MemoryJournal, start: datetime, *, lasts_s: float = 3600, daily: int | None = 8640) -> int:
    """Run a house with one lamp for a while; return how many requests it counts for the day then."""
    counts: list[int] = []

    async def test(house: House) -> None:
        await house.at(lasts_s)
        counts.append(house.engine.links["house"].allowance.used_today)

    equipment = FakeEquipment(values={LAMP: True})
    driver = type("Paced", (PacedDriver,), {"shared": equipment})
    site = {"driver": driver, "watch": (LAMP,), **({} if daily is None else {"daily": daily})}
    live("[]", test, equipment=equipment, site=site, journal=journal, start=start)
    return counts[0]


def kept(journal: MemoryJournal) -> list[TriggerMemory]:
    return [each.memory for each in journal.entries if isinstance(each, Remembered) and each.key == KEY]


def test_a_run_goes_on_from_what_the_one_before_used_up() -> None:
    journal = MemoryJournal()
    first = run(journal, NOON)
    second = run(journal, NOON + timedelta(hours=2))
    assert (first, second) == (301, 602)
    assert kept(journal)[-1] == TriggerMemory(text="requests by day", values={"2026-07-14": second})


def test_another_day_begins_anew() -> None:
    journal = MemoryJournal()
    first = run(journal, NOON)
    assert run(journal, NOON + timedelta(days=1)) == first
    assert kept(journal)[-1].values == {"2026-07-14": first, "2026-07-15": first}


def test_a_run_whose_clock_is_a_day_behind_does_not_forget_the_day_it_does_not_know_of() -> None:
    journal = MemoryJournal()
    first = run(journal, NOON)
    run(journal, NOON - timedelta(days=1))
    assert run(journal, NOON + timedelta(hours=2)) == 2 * first


def test_it_is_kept_each_ten_minutes_for_those_who_are_not_asked_before_they_end() -> None:
    journal = MemoryJournal()
    run(journal, NOON, lasts_s=1805)
    counts = [memory.values["2026-07-14"] for memory in kept(journal)]
    assert counts == sorted(counts)  # type: ignore[type-var]
    assert len(counts) >= 4


def test_a_connection_with_other_settings_goes_on_from_the_count_of_the_old_one() -> None:
    journal = MemoryJournal()

    async def test(house: House) -> None:
        await house.at(3600)
        before = house.engine.links["house"]
        used = before.allowance.used_today
        site = fake_site(house.equipment, watch=(LAMP,), daily=4000, driver=before.connection.driver)  # type: ignore[arg-type]
        house.engine.reload(site, ())
        after = house.engine.links["house"]
        assert after is not before
        assert (used, after.allowance.used_today) == (301, 301)

    equipment = FakeEquipment(values={LAMP: True})
    driver = type("Paced", (PacedDriver,), {"shared": equipment})
    site = {"driver": driver, "watch": (LAMP,), "daily": 8640}
    live("[]", test, equipment=equipment, site=site, journal=journal, start=NOON)


def test_without_a_budget_nothing_is_kept() -> None:
    journal = MemoryJournal()
    assert run(journal, NOON, daily=None) == 361
    assert kept(journal) == []
