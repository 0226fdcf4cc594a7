"""At no instant of a random history do our commands bring about what guards and interlocks forbid."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.config.guards import Guard
from interlock.errors import ServerFault
from interlock.history.journal import MemoryJournal
from interlock.model import Command, Point, Value
from interlock.simulation.virtual_time import run_virtual
from support.engine_house import AC_POWER, LAMP, START, House, live_house
from support.fake_driver import FakeEquipment
from support.fake_rules import interlocks_of
from support.fake_site import fake_site
from support.kept_house import OPERATOR

WINDOW = Point("blind.heightlevel")
MIN_ON_S, MIN_OFF_S = 180, 120
UNSEEN_S = 60
"""What a hand did so shortly before may not have been noticed yet, on a server that is away for a while."""
INTERLOCKS = """
- id: never-both
  never: lamp.power and living_ac.hvacpower
- id: closed
  never: blind.heightlevel > 0 and living_ac.hvacpower
  instead: {living_ac.hvacpower: off}
"""
RULES = """
- id: heat
  while: want_heat.value
  keep: {lamp.power: on}
  priority: 14
- id: cool
  while: want_cool.value
  keep: {living_ac.hvacpower: on, lamp.power: off}
  priority: 12
- id: change-over
  triggers: [{change: change_over.value}]
  actions:
    - if: change_over.value
      then: {set: {lamp.power: on, living_ac.hvacpower: off}}
      else: {set: {living_ac.hvacpower: on, lamp.power: off}}
"""
FLAGS = ("want_heat", "want_cool", "change_over")


class World(dict[Point, Value]):
    """What devices hold: it notes who changed what, and devices may take their time."""

    def __init__(self, values: dict[Point, Value], lag_s: float) -> None:
        super().__init__(values)
        self.lag_s = lag_s
        self.by_hand: dict[Point, float] = {}
        """When hands last changed points."""
        self.changed: dict[Point, float] = {}
        self.faults: list[str] = []
        self.journal = MemoryJournal()

    def __setitem__(self, point: Point, value: Value) -> None:
        if point == LAMP and self.lag_s:
            priority = self.priority_of(point, value)
            asyncio.get_running_loop().call_later(self.lag_s, self.turn, point, value, priority)
        else:
            self.turn(point, value, self.priority_of(point, value))

    def priority_of(self, point: Point, value: Value) -> int:
        commands = (each for each in reversed(self.journal.entries) if isinstance(each, Command))
        return next(each.priority for each in commands if (each.point, each.value) == (point, value))

    def hand(self, point: Point, value: Value) -> None:
        if self[point] != value:
            self.by_hand[point] = self.changed[point] = self.now
            super().__setitem__(point, value)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def turn(self, point: Point, value: Value, priority: int) -> None:
        """Take what we commanded, and note it where it is forbidden."""
        if self[point] == value:
            return
        before = self.broken()
        held_s = self.now - self.changed.get(point, -10_000)
        super().__setitem__(point, value)
        self.changed[point] = self.now
        least_s = MIN_OFF_S if value else MIN_ON_S
        if point == LAMP and priority > 5 and held_s < least_s - 0.5:
            self.faults.append(f"{self.now:.1f}: {point} = {value} after {held_s:.1f} s")
        for name in self.broken() - before:
            others = [at for other, at in self.by_hand.items() if other != point]
            if not any(self.now - at < UNSEEN_S for at in others):
                self.faults.append(f"{self.now:.1f}: {point} = {value} breaks {name}")

    def broken(self) -> set[str]:
        found = {"never-both"} if self[LAMP] and self[AC_POWER] else set()
        return found | ({"closed"} if self[WINDOW] and self[AC_POWER] else set())


@dataclass(frozen=True)
class Act:
    kind: str
    point: Point = LAMP
    value: Value = False
    priority: int = 16
    wait_s: float = 1.0


_WAITS = st.sampled_from([0.0, 1.0, 13.0, 35.0, 100.0, 200.0])
_SWITCHES = st.sampled_from([LAMP, AC_POWER])
ACTS = st.one_of(
    st.builds(
        Act,
        st.just("flag"),
        st.sampled_from([Point(f"{flag}.value") for flag in FLAGS]),
        st.booleans(),
        wait_s=_WAITS,
    ),
    st.builds(Act, st.just("plain"), _SWITCHES, st.booleans(), wait_s=_WAITS),
    st.builds(Act, st.just("hold"), _SWITCHES, st.booleans(), st.sampled_from([3, 8, 16]), wait_s=_WAITS),
    st.builds(Act, st.just("release"), _SWITCHES, wait_s=_WAITS),
    st.builds(Act, st.just("hand"), _SWITCHES, st.booleans()),
    st.builds(Act, st.just("hand"), st.just(WINDOW), st.sampled_from([0, 50])),
    st.builds(Act, st.just("slow"), _SWITCHES, wait_s=_WAITS),
    st.builds(Act, st.just("deaf"), _SWITCHES, wait_s=_WAITS),
    st.builds(Act, st.just("away"), _SWITCHES, wait_s=_WAITS),
    st.builds(Act, st.just("well")),
    st.builds(Act, st.just("restart")),
)


class History:
    """Plays acts on an engine."""

    def __init__(self, lag_s: float, *, is_lamp_on: bool) -> None:
        self.world = World({LAMP: is_lamp_on, AC_POWER: False, WINDOW: 0}, lag_s)
        self.equipment = FakeEquipment(values=self.world)
        self.journal = self.world.journal
        self.site = {
            "flags": FLAGS,
            "guards": {LAMP: Guard(min_on=timedelta(seconds=MIN_ON_S), min_off=timedelta(seconds=MIN_OFF_S))},
            "defaults": {LAMP: False},
            "poll": "10s",
        }
        locks = interlocks_of(fake_site(self.equipment, **self.site), INTERLOCKS)  # type: ignore[arg-type]
        self.options = {"site": self.site, "interlocks": locks}

    async def play(self, acts: Sequence[Act]) -> None:
        acts = [*acts, Act("well"), Act("restart"), Act("well", wait_s=400)]
        while acts:
            end = next((n for n, act in enumerate(acts) if act.kind == "restart"), len(acts))
            part, acts = acts[:end], acts[end + 1 :]

            async def lived(house: House, part: Sequence[Act] = part) -> None:
                await asyncio.sleep(5)
                for act in part:
                    await self.do(house, act)

            await live_house(RULES, lived, equipment=self.equipment, journal=self.journal, **self.options)
            self.journal.last_seen = START + timedelta(seconds=asyncio.get_running_loop().time())

    async def do(self, house: House, act: Act) -> None:
        equipment, point = self.equipment, act.point
        is_well = not (equipment.errors or equipment.delays or equipment.deaf)
        match act.kind:
            case "flag" | "plain" | "hold":
                command = Command(
                    id=house.engine.new_id(),
                    point=point,
                    value=act.value,
                    origin=OPERATOR,
                    created_at=house.clock.now(),
                    priority=act.priority,
                    holds=act.kind == "hold",
                )
                house.engine.submit([command])
            case "release":
                house.engine.arbiter.let_go(OPERATOR, [point], "enough")
            case "hand" if is_well:
                # What is to be noticed takes a poll, which must not meet a command on its way.
                await asyncio.sleep(35)
                self.world.hand(point, act.value)
                await asyncio.sleep(35)
            case "slow":
                equipment.delays[point] = 12
            case "deaf":
                equipment.deaf.add(point)
            case "away":
                equipment.errors[point] = ServerFault("rubbish")
            case "well":
                equipment.delays.clear()
                equipment.deaf.clear()
                equipment.errors.clear()
                await asyncio.sleep(15)
        await asyncio.sleep(act.wait_s)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=st.lists(ACTS, max_size=14), lag_s=st.sampled_from([0.0, 20.0]), is_lamp_on=st.booleans())
def test_our_commands_never_bring_about_what_is_forbidden(
    acts: list[Act], lag_s: float, is_lamp_on: bool
) -> None:
    history = History(lag_s, is_lamp_on=is_lamp_on)
    run_virtual(history.play(acts))
    assert history.world.faults == []
