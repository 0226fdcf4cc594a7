"""Random histories against a model of the priority array that knows nothing of the code."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.errors import ServerFault
from interlock.history.journal import MemoryJournal
from interlock.model import Command, Point, Value
from interlock.simulation.virtual_time import run_virtual
from support.engine_house import AC_POWER, LAMP, START, House, live_house
from support.fake_driver import FakeEquipment
from support.kept_house import OPERATOR

PRIORITIES = {"a": 12, "b": 13, "c": 4, "d": 16}
VALUES = {"a": True, "b": False, "c": False, "d": True}
FLAGS = tuple(f"want_{name}" for name in PRIORITIES)
RULES = "".join(
    f"""
- id: {name}
  while: want_{name}.value
  keep: {{lamp.power: {"on" if VALUES[name] else "off"}}}
  priority: {priority}
"""
    for name, priority in PRIORITIES.items()
)
HOLD_S = 7200
"""What a hand did is left alone for so long."""


@dataclass
class Held:
    priority: int
    since: int
    value: bool
    until: float | None = None


@dataclass
class Model:
    """What a priority array is, in the words of the documentation, and what the lamp is then."""

    lamp: bool
    default: bool | None
    held: dict[str, Held] = field(default_factory=dict)
    is_kept: bool = False
    is_away: bool = False
    owes_default: bool = False
    moment: int = 0

    def ranked(self) -> list[tuple[str, Held]]:
        return sorted(self.held.items(), key=lambda item: (item[1].priority, -item[1].since, item[0]))

    def array(self) -> list[tuple[str, bool, int]]:
        return [(owner, held.value, held.priority) for owner, held in self.ranked()]

    def hold(self, owner: str, priority: int, value: bool, until: float | None = None) -> None:
        self.moment += 1
        self.held[owner] = Held(priority, self.moment, value, until)
        # What was let go before it reached the lamp was never kept there.
        self.is_kept, self.owes_default = self.is_kept or not self.is_away, False

    def release(self, owner: str) -> None:
        if self.held.pop(owner, None) and not self.held and self.default is not None:
            self.owes_default = True

    def plain(self, value: bool) -> None:
        if not self.held:
            self.owes_default = False
            if not self.is_away:
                self.lamp = value

    def hand(self, value: bool, now: float) -> None:
        if value == self.lamp:
            return
        self.lamp = value
        others = [held for owner, held in self.ranked() if owner != "a hand"]
        if others and others[0].value == value:
            self.held.pop("a hand", None)
        elif self.held or self.is_kept:
            self.hold("a hand", 8, value, now + HOLD_S)

    def pass_time(self, now: float) -> None:
        for owner, held in list(self.held.items()):
            if held.until is not None and held.until <= now:
                self.release(owner)

    def settle(self) -> None:
        """What becomes of the lamp once it can be reached."""
        if self.is_away:
            return
        if self.held:
            self.lamp, self.is_kept = self.ranked()[0][1].value, True
        elif self.owes_default and self.default is not None:
            self.lamp = self.default
        self.owes_default = False


@dataclass(frozen=True)
class Act:
    kind: str
    name: str = ""
    value: bool = False
    priority: int = 8
    minutes: int | None = None


ACTS = st.one_of(
    st.builds(Act, st.just("flag"), st.sampled_from(sorted(PRIORITIES)), st.booleans()),
    st.builds(
        Act,
        st.just("hold"),
        value=st.booleans(),
        priority=st.sampled_from([3, 8, 12, 13, 16]),
        minutes=st.sampled_from([None, 5, 90]),
    ),
    st.builds(Act, st.just("release")),
    st.builds(Act, st.just("plain"), value=st.booleans()),
    st.builds(Act, st.just("hand"), value=st.booleans()),
    st.builds(Act, st.just("wait"), minutes=st.sampled_from([10, 61])),
    st.builds(Act, st.just("away")),
    st.builds(Act, st.just("back")),
    st.builds(Act, st.just("restart")),
)


class History:
    """Plays acts on an engine and on the model, and compares them after each."""

    def __init__(self, lamp: bool, default: bool | None) -> None:
        self.equipment = FakeEquipment(values={LAMP: lamp, AC_POWER: False})
        self.model = Model(lamp, default)
        self.journal = MemoryJournal()
        self.site = {
            "flags": FLAGS,
            "defaults": {} if default is None else {LAMP: default},
            "poll": "10s",
            "watch": ("lamp.power",),
        }

    async def play(self, acts: Sequence[Act]) -> None:
        acts = [*acts, Act("back"), Act("wait", minutes=10), Act("restart")]
        while acts:
            end = next((n for n, act in enumerate(acts) if act.kind == "restart"), len(acts))
            part, acts = acts[:end], acts[end + 1 :]

            async def lived(house: House, part: Sequence[Act] = part) -> None:
                await asyncio.sleep(100)
                self.compare(house, "start")
                for act in part:
                    await self.do(house, act)
                    self.compare(house, act)

            await live_house(RULES, lived, equipment=self.equipment, journal=self.journal, site=self.site)
            self.journal.last_seen = START + timedelta(seconds=self.now)
            self.model.is_kept = bool(self.model.held)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def compare(self, house: House, after: object) -> None:
        self.model.pass_time(self.now)
        self.model.settle()
        found = house.engine.arbiter.array(LAMP)
        array = [(str(each.owner), each.value, each.priority) for each in found]
        assert [each for each in array if each[0] != "its default"] == self.model.array(), after
        if not self.model.is_away:
            assert self.equipment.values[LAMP] is self.model.lamp, after
            assert array == self.model.array(), after

    async def do(self, house: House, act: Act) -> None:
        model = self.model
        match act.kind:
            case "flag":
                point = Point(f"want_{act.name}.value")
                if house.engine.state.values[point] is not act.value:
                    self.command(house, point, act.value)
                    if act.value:
                        model.hold(f"rule {act.name}", PRIORITIES[act.name], VALUES[act.name])
                    else:
                        model.release(f"rule {act.name}")
            case "hold":
                until = None if act.minutes is None else self.now + act.minutes * 60
                self.command(house, LAMP, act.value, priority=act.priority, holds=True, until=until)
                model.hold("operator cli", act.priority, act.value, until)
            case "release":
                house.engine.arbiter.let_go(OPERATOR, [LAMP], "enough")
                model.release("operator cli")
            case "plain":
                self.command(house, LAMP, act.value)
                model.plain(act.value)
            case "hand" if not model.is_away:
                self.equipment.values[LAMP] = act.value
                model.hand(act.value, self.now)
            case "away":
                self.equipment.errors[LAMP] = ServerFault("rubbish")
                model.is_away = True
            case "back":
                # A hold that ends while attempts are made may have been written, or not: let it end before.
                ends = [each.until - self.now for each in model.held.values() if each.until is not None]
                await asyncio.sleep(max((left + 1 for left in ends if left < 600), default=0))
                self.equipment.errors.clear()
                if model.is_away:
                    model.is_away = False
                    await asyncio.sleep(400)
            case "wait":
                await asyncio.sleep((act.minutes or 0) * 60)
        await asyncio.sleep(120)

    def command(self, house: House, point: Point, value: Value, **rest: object) -> None:
        until = rest.pop("until", None)
        command = Command(
            id=house.engine.new_id(),
            point=point,
            value=value,
            origin=OPERATOR,
            created_at=house.clock.now(),
            until=START + timedelta(seconds=until) if isinstance(until, float) else None,
            **rest,  # type: ignore[arg-type]
        )
        house.engine.submit([command])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(ACTS, max_size=12),
    lamp=st.booleans(),
    default=st.sampled_from([None, False, True]),
)
def test_the_lamp_is_what_the_priority_array_says(acts: list[Act], lamp: bool, default: bool | None) -> None:
    async def lived() -> None:
        await History(lamp, default).play(acts)

    run_virtual(lived())
