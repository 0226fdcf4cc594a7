"""Speaking through another connection: its link, its health, its closing."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from interlock.config.site import Connection, Site
from interlock.driver import Answer, Target
from interlock.errors import DriverError, NotSupported, RejectedValue, Unreachable
from interlock.history.journal import MemoryJournal
from interlock.model import Outcome, Point, Receipt
from interlock.runtime.connections.link import Link
from interlock.runtime.connections.links import close_links, make_links
from interlock.runtime.connections.peer import LinkPeer
from interlock.service.by_hand.commanding import send_command
from interlock.service.by_hand.reading import read_points
from interlock.simulation.virtual_time import run_virtual
from support.fake_driver import FakeEquipment, SpeakingDriver, SpeakingSettings, fake_driver
from support.fake_site import fake_site
from support.settable_clock import SettableClock

START = datetime(2026, 7, 14, 12, tzinfo=UTC)
RELAY, BIT = Point("relay.value"), Point("bus.send_bit")


def bus_site(equipment: FakeEquipment, order: list[str] | None = None) -> Site:
    """A site whose relay stands on ``bus``, which speaks through ``house``; closings go into `order`."""

    class Bus(SpeakingDriver):
        shared = equipment

        async def close(self) -> None:
            (order if order is not None else []).append("bus")
            await asyncio.sleep(1)

    class House(fake_driver(equipment)):  # type: ignore[misc]
        async def close(self) -> None:
            (order if order is not None else []).append("house")

    site = fake_site(equipment, driver=House)
    bus = Connection(name="bus", driver=Bus, settings=SpeakingSettings(through="house"))
    relay = site.targets[RELAY]
    moved = Target(point=RELAY, device=replace(relay.device, connection="bus"), capability=relay.capability)
    return replace(site, connections={"bus": bus, **site.connections}, targets={**site.targets, RELAY: moved})


def with_links(
    equipment: FakeEquipment, test: Callable[[dict[str, Link]], Awaitable[None]], journal: MemoryJournal
) -> None:
    async def main() -> None:
        links = make_links(
            bus_site(equipment).connections,
            clock=SettableClock(START),
            journal=journal,
            dice=random.Random(1),
        )
        await test(links)
        await close_links(links)

    run_virtual(main())


def peer_of(links: dict[str, Link]) -> LinkPeer:
    return LinkPeer("bus", links["house"], ("send_bit",))


def test_a_call_reaches_the_other_connections_driver_with_its_fields_checked() -> None:
    equipment = FakeEquipment()

    async def test(links: dict[str, Link]) -> None:
        answer = await peer_of(links).call("send_bit", {"value": "1", "group": "1/0/1"})  # type: ignore[dict-item]
        assert answer == Answer()

    with_links(equipment, test, MemoryJournal())
    assert equipment.calls == [(BIT, {"group": "1/0/1", "value": 1})]


@pytest.mark.parametrize(
    ("controller", "fields", "error"),
    [
        ("send_byte", {}, NotSupported("connection house cannot be called for send_byte")),
        ("send_bit", {"group": "1/0/1"}, RejectedValue("send_bit needs 'value': the bit")),
        (
            "send_bit",
            {"group": "1/0/1", "value": 2},
            RejectedValue("value cannot be 2: it takes an integer from 0 to 1"),
        ),
    ],
)
def test_what_cannot_be_called_is_refused(
    controller: str, fields: dict[str, object], error: DriverError
) -> None:
    equipment = FakeEquipment()

    async def test(links: dict[str, Link]) -> None:
        with pytest.raises(type(error)) as refused:
            await peer_of(links).call(controller, fields)  # type: ignore[arg-type]
        assert refused.value.message == error.message

    with_links(equipment, test, MemoryJournal())
    assert equipment.writes == []


def test_a_failed_call_raises_and_counts_against_the_other_connections_health() -> None:
    async def test(links: dict[str, Link]) -> None:
        with pytest.raises(Unreachable, match="connection house: no route"):
            await peer_of(links).call("send_bit", {"group": "1/0/1", "value": 1})
        assert (links["house"].health.is_lost, links["bus"].health.is_lost) == (True, False)

    journal = MemoryJournal()
    with_links(FakeEquipment(errors={BIT: Unreachable("no route")}), test, journal)
    assert len(journal.entries) == 1


def test_a_link_without_the_controllers_is_no_peer() -> None:
    async def test(links: dict[str, Link]) -> None:
        with pytest.raises(NotSupported, match="connection bus has no device type with send_bit and x"):
            LinkPeer("x", links["bus"], ("send_bit", "x"))

    with_links(FakeEquipment(), test, MemoryJournal())


def test_who_speaks_through_others_is_closed_before_them() -> None:
    order: list[str] = []

    async def main() -> None:
        site = bus_site(FakeEquipment(), order)
        links = make_links(
            site.connections,
            ["bus"],
            clock=SettableClock(START),
            journal=MemoryJournal(),
            dice=random.Random(1),
        )
        assert list(links) == ["house", "bus"]
        for link in links.values():
            await link.seam.read([])
        await close_links(links)

    run_virtual(main())
    assert order == ["bus", "house"]


async def send(equipment: FakeEquipment) -> Receipt:
    clock, journal = SettableClock(START), MemoryJournal()
    await journal.open()
    return await send_command(bus_site(equipment), RELAY, True, journal=journal, clock=clock)


def test_a_command_by_hand_goes_through_the_other_connection() -> None:
    equipment = FakeEquipment()
    sent = run_virtual(send(equipment))
    assert sent.outcome is Outcome.ACCEPTED
    assert equipment.calls == [(BIT, {"group": "relay", "value": 1})]


def test_a_command_by_hand_tells_that_the_other_connection_is_away() -> None:
    sent = run_virtual(send(FakeEquipment(errors={BIT: Unreachable("no route")})))
    assert sent.outcome is Outcome.FAILED
    assert sent.reason.endswith("connection house: no route")


def test_a_reading_by_hand_opens_what_it_is_spoken_through() -> None:
    order: list[str] = []
    equipment = FakeEquipment(values={RELAY: True})
    answers = run_virtual(read_points(bus_site(equipment, order), [RELAY]))
    assert (answers, order) == ({RELAY: True}, ["bus"])
