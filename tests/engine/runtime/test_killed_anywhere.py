"""Firings of random actions, killed at every moment: what is repeated afterwards, and what never is."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert

from interlock.history.journal import MemoryJournal
from interlock.history.kept import encode_kept, read_past
from interlock.history.records import Entry, Firing, Unfinished
from interlock.history.tables import METADATA, kept
from interlock.model import Outcome, Receipt
from interlock.runtime.firings.run import StepFailed
from support.engine_house import LAMP, LEVEL, START, House, live
from support.fake_driver import FakeEquipment

Action = dict[str, object]
_SECONDS = 120


class Requests:
    """An outer world that counts what it is asked for, and never answers."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def request(self, *given: object) -> None:
        self.urls += [each for each in given if isinstance(each, str) and "://" in each]
        raise StepFailed("nothing came back")


class Building:
    """One building, and the journal of a service that can be killed in it."""

    def __init__(self) -> None:
        self.equipment = FakeEquipment(values={LAMP: False, LEVEL: 0})
        self.outside = Requests()
        self.journal = MortalJournal(self)
        self.ended = [0, 0, 0]
        self.values = dict(self.equipment.values)

    def cut(self) -> None:
        """Note what had happened when the service was killed."""
        self.ended, self.values = [len(each) for each in self._happened], dict(self.equipment.values)

    def bury(self) -> None:
        """Forget what the dead did after its death, which a test cannot stop at once."""
        for happened, count in zip(self._happened, self.ended, strict=True):
            del happened[count:]
        self.equipment.values = self.values

    @property
    def _happened(self) -> Sequence[list[object]]:
        return (self.equipment.writes, self.equipment.calls, self.outside.urls)  # type: ignore[return-value]

    @property
    def repeatable(self) -> Counter[object]:
        """What was written, and what was not because another branch wrote in the same moment."""
        written = [value for point, value in self.equipment.writes if point == LEVEL]
        receipts = [each for each in self.journal.entries if isinstance(each, Receipt)]
        yielded = [each.command.value for each in receipts if each.outcome is Outcome.OUTRANKED]
        return Counter[object]([*written, *yielded])

    @property
    def once(self) -> Counter[object]:
        calls = [fields["heat"] for _, fields in self.equipment.calls]
        return Counter([*calls, *self.outside.urls])

    def live(self, rules: str, begin: float, lasts: float = _SECONDS) -> House:
        async def test(house: House) -> None:
            await house.at(lasts)

        start = START + timedelta(seconds=begin)
        return live(
            rules, test, equipment=self.equipment, journal=self.journal, start=start, outside=self.outside
        )


class MortalJournal(MemoryJournal):
    """A journal whose service dies after some entry; in a power cut, what was not committed is lost."""

    def __init__(self, building: Building) -> None:
        super().__init__()
        self._building = building
        self._committed = 0
        self.dies_after: int | None = None
        self.is_power_cut = False
        self.is_dead = False
        self.died_at_s = 0.0
        self.count = 0

    async def open(self) -> None:
        self.is_dead, self.dies_after = False, None if self.run_number else self.dies_after
        await super().open()

    def record(self, *entries: Entry) -> None:
        if self.is_dead:
            return
        super().record(*entries)
        self.count += 1
        if self.count == self.dies_after:
            self.is_dead, self.died_at_s = True, asyncio.get_running_loop().time()
            self._building.cut()
            if self.is_power_cut:
                del self.entries[self._committed :]

    async def commit(self) -> bool:
        if not self.is_dead:
            self._committed = len(self.entries)
        return True


def rules_of(actions: Sequence[Action], called: Sequence[Action]) -> str:
    return json.dumps(
        [
            {"id": "a", "triggers": [{"at": "14:00:05"}], "actions": actions},
            {"id": "b", "triggers": [{"at": "00:00"}], "mode": "parallel", "max": 100, "actions": called},
        ]
    )


NUMBERS = st.integers(6, 34)
SET = NUMBERS.map(lambda n: {"set": {"lamp.powerlevel": n}, "only_if_different": False})
CALL = NUMBERS.map(lambda n: {"call": "lobby.schedule_set", "with": {"day": "Monday", "heat": n}})
REQUEST = NUMBERS.map(lambda n: {"http": {"url": f"http://x/{n}"}, "on_error": "continue"})
DELAY = st.integers(1, 9).map(lambda n: {"delay": f"{n}s"})
SIMPLE = st.one_of(SET, CALL, REQUEST, DELAY)


def inside(actions: st.SearchStrategy[Action]) -> st.SearchStrategy[Action]:
    several = st.lists(actions, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda found: {"sequence": found}),
        st.lists(st.one_of(several, actions), min_size=2, max_size=3).map(lambda found: {"parallel": found}),
        st.tuples(st.sampled_from(["not lamp.power", "lamp.power"]), several, several).map(
            lambda found: {"if": found[0], "then": found[1], "else": found[2]}
        ),
        st.tuples(st.integers(0, 2), several).map(
            lambda found: {"repeat": {"count": found[0], "actions": found[1]}}
        ),
        st.tuples(several).map(lambda found: {"repeat": {"until": "repeat.index >= 2", "actions": found[0]}}),
        actions.map(lambda found: found if "on_error" in found else {**found, "on_error": "continue"}),
        st.just(
            {
                "sequence": [{"fail": "no"}],
                "on_error": [{"delay": "1s"}, {"set": {"lamp.powerlevel": 5}, "only_if_different": False}],
            }
        ),
    )


TREES = st.lists(st.recursive(SIMPLE, inside, max_leaves=6), min_size=1, max_size=4)
WITH_CALLS = st.lists(
    st.one_of(st.recursive(st.one_of(SIMPLE, st.just({"run": "b"})), inside, max_leaves=6)),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(WITH_CALLS, TREES, st.data(), st.booleans())
def test_a_state_is_set_at_least_once_and_nothing_else_twice(
    actions: list[Action], called: list[Action], data: st.DataObject, is_power_cut: bool
) -> None:
    rules = rules_of(actions, called)
    whole = Building()
    house = whole.live(rules, 0)
    assume(len(house.found(Firing)) == len(house.ends))
    building = Building()
    building.journal.dies_after = data.draw(st.integers(1, whole.journal.count), label="dies after")
    building.journal.is_power_cut = is_power_cut
    building.live(rules, 0)
    building.bury()
    has_begun = any(isinstance(entry, Firing) for entry in building.journal.entries)
    building.live(rules, _SECONDS)
    assert not building.once - whole.once
    if has_begun:
        assert not whole.repeatable - building.repeatable


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(TREES, st.data())
def test_what_lasts_in_a_file_is_what_lasts_in_memory(actions: list[Action], data: st.DataObject) -> None:
    whole = Building()
    whole.live(rules_of(actions, actions), 0)
    noted = [entry for entry in whole.journal.entries if isinstance(entry, Unfinished)]
    entry = data.draw(st.sampled_from(noted))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        kind, key, content = encode_kept(entry)
        connection.execute(insert(kept).values(kind=kind, key=key, content=content))
        assert read_past(connection, START).unfinished == (entry,)
    engine.dispose()


SHAPED = st.one_of(
    st.integers(2, 60).map(lambda n: ({"pulse": {"lamp.power": "on", "for": f"{n}s"}}, n)),
    st.tuples(st.sampled_from([0.3, 1]), st.integers(2, 20), st.integers(5, 60)).map(
        lambda n: ({"duty": {"lamp.power": n[0], "period": f"{n[1]}s", "for": f"{n[2]}s"}}, n[2])
    ),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(SHAPED, st.data(), st.booleans(), st.sampled_from([0.5, 20, 100]))
def test_what_was_switched_on_for_a_time_is_off_at_its_end(
    shaped: tuple[Action, float], data: st.DataObject, is_power_cut: bool, gap: float
) -> None:
    action, lasts = shaped
    rules = rules_of([action], [{"delay": "1s"}])
    whole = Building()
    whole.live(rules, 0)
    building = Building()
    building.journal.dies_after = data.draw(st.integers(1, whole.journal.count), label="dies after")
    building.journal.is_power_cut = is_power_cut
    building.live(rules, 0)
    building.bury()
    if not any(isinstance(entry, Firing) for entry in building.journal.entries):
        return
    resumed = building.journal.died_at_s + gap
    house = building.live(rules, resumed, 2 * _SECONDS)
    assert building.equipment.values[LAMP] is False
    if house.firing_ends:
        ended = (house.firing_ends[-1].at - START).total_seconds()
        # Its first step may have been lost with the power: then it begins anew.
        moments = [5 + lasts - 0.5, resumed, resumed + lasts]
        assert any(moment - 0.1 <= ended <= moment + 1.1 for moment in moments)
