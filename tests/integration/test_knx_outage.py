"""A gateway that is away for ten minutes, in virtual time: driver, engine, rules and the simulated bus."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.history.journal import MemoryJournal
from interlock.history.records import ConnectionEvent
from interlock.model import Point, Quality
from interlock.runtime.engine import Engine
from interlock.service.loading import load
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from interlock_knx.simulator import KnxSimulator
from interlock_knx.telegrams import Telegram, TelegramKind
from support.knx_wire import GATEWAY, Wire, in_memory

GROUPS = 60
SITE = f"""
site: {{name: Villa, timezone: Europe/Rome}}
connections:
  bus: {{driver: knx-raw, gateway: {GATEWAY}, local_ip: 192.0.2.2, stale_after: STALE}}
devices:
  room: {{connection: bus, type: group, address: 3/0/1, dpt: 9.001}}
  valve: {{connection: bus, type: group, address: 3/1/1, dpt: 5.001}}
  lamp: {{connection: bus, type: group, address: 1/0/1, dpt: 1.001, state_address: 1/1/1}}
""" + "".join(
    f"  g{number}: {{connection: bus, type: group, address: 5/0/{number}, dpt: 1.001}}\n"
    for number in range(1, GROUPS + 1)
)
RULES = (
    """
rules:
  - id: warm
    triggers:
      - becomes: room.value > 26
        for: 20m
    actions:
      - set: {valve.value: 100}
  - id: stairs
    triggers:
      - telegram: 0/0/1
    actions:
      - set: {lamp.value: on}
      - delay: 25m
      - set: {lamp.value: off}
  - id: all
    triggers:
      - becomes: """
    + " or ".join(f"g{number}.value" for number in range(1, GROUPS + 1))
    + """
    actions:
      - log: one is on
"""
)
ADDRESSES = ("3/0/1", "3/1/1", "1/1/1", *(f"5/0/{number}" for number in range(1, GROUPS + 1)))
ROOM = Point("room.value")
AWAY_FROM_S, AWAY_UNTIL_S = 300.0, 900.0


class House:
    """The engine, the bus, and the wire between them."""

    def __init__(self, folder: Path, wire: Wire, stale_after: str) -> None:
        path = folder / "site.yaml"
        path.write_text(SITE.replace("STALE", stale_after) + RULES, encoding="utf-8")
        loaded = load(path)
        self.wire = wire
        self.bus = KnxSimulator(loaded.site.connections["bus"].settings, tuple(loaded.site.targets.values()))
        wire.gateway = self.bus._gateway
        self.journal = MemoryJournal()
        self.loop = asyncio.get_running_loop()
        clock = VirtualClock(datetime(2026, 7, 14, 12, 0, tzinfo=UTC), self.loop)
        self.engine = Engine(loaded.site, loaded.rules, clock=clock, journal=self.journal, seed=1)
        self.said: list[tuple[float, Telegram]] = []

    async def at(self, seconds: float) -> None:
        await asyncio.sleep(seconds - self.loop.time())

    def writes(self, address: str) -> list[tuple[float, object]]:
        """What clients wrote to a group, with the times in whole seconds."""
        return [
            (round(at), telegram.payload)
            for at, telegram in self.said
            if telegram.kind is TelegramKind.WRITE
            and (telegram.address, telegram.source[:5]) == (address, "1.1.2")
        ]

    def asked(self, since_s: float) -> list[tuple[float, str]]:
        return [
            (at, telegram.address)
            for at, telegram in self.said
            if telegram.kind is TelegramKind.READ and at > since_s
        ]


Work = Callable[[House], Coroutine[object, object, None]]


def play(folder: Path, work: Work, stale_after: str = "3m") -> House:
    async def main() -> House:
        with in_memory() as wire:
            house = House(folder, wire, stale_after)
            await house.journal.open()
            taken = wire.gateway._spread  # type: ignore[union-attr]

            def spread(telegram: Telegram) -> None:
                house.said.append((house.loop.time(), telegram))
                taken(telegram)

            wire.gateway._spread = spread  # type: ignore[union-attr]
            stop = asyncio.Event()
            running = asyncio.create_task(house.engine.run(stop))
            await work(house)
            stop.set()
            await running
            return house

    return run_virtual(main())


async def outage(house: House) -> None:
    await house.at(AWAY_FROM_S)
    house.wire.is_cut = True
    await house.at(AWAY_UNTIL_S)
    house.wire.is_cut = False


def press() -> Telegram:
    return Telegram(address="0/0/1", kind=TelegramKind.WRITE, source="1.1.9", payload=1)


@pytest.mark.parametrize(
    ("stale_after", "fires_at_s", "spread_s"),
    [
        ("15m", 60 + 1200, 0),
        # Known until three minutes after the loss was noticed at 306 s, and again half a minute after 902 s.
        ("3m", 902 + 1200 - (486 - 60), 30),
    ],
)
def test_a_hold_goes_on_over_an_outage(
    tmp_path: Path, stale_after: str, fires_at_s: float, spread_s: float
) -> None:
    async def work(house: House) -> None:
        await house.at(60)
        house.bus.set_value(ROOM, 27)
        await outage(house)
        await house.at(3600)

    [(fired_at_s, value)] = play(tmp_path, work, stale_after).writes("3/1/1")
    assert (fires_at_s <= fired_at_s <= fires_at_s + spread_s, value) == (True, b"\xff")


def test_a_delay_goes_on_over_an_outage(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        await house.at(60)
        house.bus.send(press())
        await outage(house)
        await house.at(3600)

    house = play(tmp_path, work)
    assert house.writes("1/0/1") == [(60, 1), (60 + 25 * 60, 0)]
    assert house.bus.value(Point("lamp.value")) is False


def test_every_group_is_read_once_afterwards_and_not_all_at_once(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        await outage(house)
        house.bus.set_value(ROOM, 30)
        await house.at(1000)
        reading = house.engine.state.reading(ROOM)
        assert reading is not None
        assert (reading.value, reading.quality) == (30.0, Quality.GOOD)

    house = play(tmp_path, work)
    everything = Counter(dict.fromkeys(ADDRESSES, 1))
    at_start = [(at, address) for at, address in house.asked(-1) if at < AWAY_FROM_S]
    afterwards = house.asked(AWAY_UNTIL_S)
    for asked in (at_start, afterwards):
        assert Counter(address for _, address in asked) == everything
        times = [at for at, _ in asked]
        assert min(later - earlier for earlier, later in zip(times, times[10:], strict=False)) > 0.999
    assert len(house.asked(-1)) == len(at_start) + len(afterwards)


def test_a_button_does_not_wait_until_every_group_was_read(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        await outage(house)
        await house.at(904)
        house.bus.send(press())
        await house.at(1000)

    house = play(tmp_path, work)
    assert house.writes("1/0/1") == [(904, 1)]
    assert house.asked(904.9) != []


def test_what_was_read_is_known_before_every_group_was(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        house.bus.add_fault("no-answer@g60")
        await house.at(1)
        known = house.engine.state.reading(ROOM)
        last = house.engine.state.reading(Point("g60.value"))
        assert known is not None
        assert (known.value, last) == (0.0, None)

    play(tmp_path, work)


def test_a_loss_is_said_once_and_so_is_its_end(tmp_path: Path) -> None:
    async def work(house: House) -> None:
        await outage(house)
        await house.at(1000)

    house = play(tmp_path, work)
    turns = [each.text for each in house.journal.entries if isinstance(each, ConnectionEvent)]
    assert turns == [
        f"connection bus: KNXnet/IP gateway {GATEWAY}:3671 cannot be reached: "
        "the gateway closed the connection or does not answer any more",
        "connection bus: answers again",
    ]
