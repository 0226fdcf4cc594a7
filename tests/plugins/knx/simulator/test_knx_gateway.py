"""The simulated gateway, byte by byte.

The frames are written out as KNX System Specifications 03.08.02 Core, 03.08.04 Tunnelling and 03.06.03 EMI
lay them down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace

import pytest
from xknx.knxip import HPAI

from interlock.simulation.virtual_time import run_virtual
from interlock_knx.simulator.gateway import Gateway, Tunnel
from interlock_knx.telegrams import Telegram, TelegramKind

BACK = "08 01 00 00 00 00 00 00"
"""An endpoint of zeros: answer to where it came from."""
CONNECT = f"06 10 02 05 00 1a {BACK} {BACK} 04 04 02 00"
CONNECTED = "06 10 02 06 00 14 01 00 08 01 c0 00 02 01 0e 57 04 04 11 f1"
BUSMONITOR = f"06 10 02 05 00 1a {BACK} {BACK} 04 04 80 00"
MANAGEMENT = f"06 10 02 05 00 18 {BACK} {BACK} 02 03"
STATE = f"06 10 02 07 00 10 01 00 {BACK}"
DISCONNECT = f"06 10 02 09 00 10 01 00 {BACK}"
ENDED = "06 10 02 09 00 10 01 00 08 01 c0 00 02 01 0e 57"

ON = "11 00 bc e0 00 00 08 01 01 00 81"
ON_CONFIRMED = "2e 00 bc e0 11 f1 08 01 01 00 81"
ON_REFUSED = "2e 00 bd e0 11 f1 08 01 01 00 81"
ON_HEARD = "29 00 bc e0 11 f1 08 01 01 00 81"
WARM = "11 00 bc e0 00 00 10 01 03 00 80 0c 1a"
WARM_CONFIRMED = "2e 00 bc e0 11 f1 10 01 03 00 80 0c 1a"
ASKED = "11 00 bc e0 00 00 10 01 01 00 00"
ASKED_CONFIRMED = "2e 00 bc e0 11 f1 10 01 01 00 00"
TO_A_DEVICE = "11 00 b0 60 00 00 11 05 00 80"
"""A connect (T_Connect) to 1.1.5."""
TO_A_DEVICE_REFUSED = "2e 00 b1 60 11 f1 11 05 00 80"


def tunnelled(raw: str, number: int = 0, channel: int = 1) -> str:
    body = bytes.fromhex(raw)
    return f"06 10 04 20 {len(body) + 10:04x} 04 {channel:02x} {number:02x} 00" + body.hex()


def ack(number: int = 0, channel: int = 1) -> str:
    return f"06 10 04 21 00 0a 04 {channel:02x} {number:02x} 00"


def shown(*frames: str) -> list[str]:
    return [bytes.fromhex(frame).hex(" ") for frame in frames]


@dataclass
class Conduct:
    is_silent: bool = False
    is_full: bool = False
    acknowledges: bool = True
    repeats: bool = False
    misnumbers: bool = False
    babbles: bool = False
    confirming: bool = True
    transmitting: bool = True

    def confirms(self, telegram: Telegram) -> bool:
        return self.confirming

    def transmits(self, telegram: Telegram) -> bool:
        return self.transmitting


@dataclass(eq=False)
class Place:
    """Where a client is."""

    gateway: Gateway
    is_stream: bool = False
    own: HPAI = field(default_factory=lambda: HPAI("192.0.2.1", 3671))
    heard: list[str] = field(default_factory=list)
    sent_to: list[str] = field(default_factory=list)
    closings: int = 0

    def send(self, frame: bytes, endpoint: HPAI) -> None:
        self.heard.append(frame.hex(" "))
        self.sent_to.append(f"{endpoint.ip_addr}:{endpoint.port}")

    def close(self) -> None:
        self.closings += 1

    async def say(self, *frames: str) -> list[str]:
        """Send frames and return what comes back at once."""
        before = len(self.heard)
        for frame in frames:
            self.gateway.take(bytes.fromhex(frame), self)
        await settled()
        return self.heard[before:]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@dataclass
class House:
    gateway: Gateway
    conduct: Conduct
    spread: list[Telegram]
    opened: list[Tunnel]

    def place(self, *, is_stream: bool = False) -> Place:
        return Place(self.gateway, is_stream=is_stream)


def play(work: Callable[[House], Coroutine[object, object, None]], **conduct: bool) -> None:
    async def main() -> None:
        behaviour, spread, opened = Conduct(**conduct), [], []  # type: ignore[var-annotated]
        house = House(Gateway(behaviour, spread.append, opened.append), behaviour, spread, opened)
        await work(house)
        for tunnel in house.gateway.tunnels:
            house.gateway.drop(tunnel)

    run_virtual(main())


def test_a_tunnel_is_opened_asked_for_its_state_and_left() -> None:
    async def work(house: House) -> None:
        place = house.place()
        assert await place.say(CONNECT) == shown(CONNECTED)
        assert await place.say(STATE) == shown("06 10 02 08 00 08 01 00")
        assert await place.say(DISCONNECT) == shown("06 10 02 0a 00 08 01 00")
        assert house.gateway.tunnels == ()
        assert await place.say(STATE, DISCONNECT) == shown(
            "06 10 02 08 00 08 01 21", "06 10 02 0a 00 08 01 21"
        )

    play(work)


def test_each_tunnel_has_a_number_and_an_address_of_its_own() -> None:
    async def work(house: House) -> None:
        place = house.place()
        answers = await place.say(*[CONNECT] * 9)
        assert answers[1] == shown("06 10 02 06 00 14 02 00 08 01 c0 00 02 01 0e 57 04 04 11 f2")[0]
        assert answers[8] == shown("06 10 02 06 00 08 00 24")[0]
        assert [(tunnel.channel, tunnel.address) for tunnel in house.opened] == [
            (number, f"1.1.{240 + number}") for number in range(1, 9)
        ]
        await place.say(DISCONNECT)
        assert await place.say(CONNECT) == shown(CONNECTED)

    play(work)


@pytest.mark.parametrize(("request_", "status"), [(BUSMONITOR, "29"), (MANAGEMENT, "22")])
def test_it_opens_tunnels_of_the_link_layer_alone(request_: str, status: str) -> None:
    async def work(house: House) -> None:
        assert await house.place().say(request_) == shown(f"06 10 02 06 00 08 00 {status}")

    play(work)


def test_a_full_gateway_opens_none() -> None:
    async def work(house: House) -> None:
        assert await house.place().say(CONNECT) == shown("06 10 02 06 00 08 00 24")
        assert house.opened == []

    play(work, is_full=True)


def test_a_silent_gateway_says_nothing_at_all() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        house.conduct.is_silent = True
        house.gateway.tell(Telegram(address="1/0/1", kind=TelegramKind.WRITE, source="1.1.5", payload=1))
        assert await place.say(CONNECT, STATE, tunnelled(ON), DISCONNECT) == []
        assert house.spread == []

    play(work)


def test_what_is_asked_of_one_address_is_answered_there() -> None:
    control, data = "08 01 0a 00 00 01 00 07", "08 01 0a 00 00 02 00 08"

    async def work(house: House) -> None:
        place = house.place()
        await place.say(
            f"06 10 02 05 00 1a {control} {data} 04 04 02 00",
            tunnelled(ON),
            f"06 10 02 07 00 10 01 00 {BACK}",
        )
        assert place.sent_to == ["10.0.0.1:7", "10.0.0.2:8", "0.0.0.0:0", "10.0.0.2:8"]
        house.gateway.end(house.gateway.tunnels[0])
        assert place.sent_to[-1] == "10.0.0.1:7"

    play(work)


@pytest.mark.parametrize(
    ("asked", "confirmed", "telegram"),
    [
        (ON, ON_CONFIRMED, Telegram(address="1/0/1", kind=TelegramKind.WRITE, source="1.1.241", payload=1)),
        (
            WARM,
            WARM_CONFIRMED,
            Telegram(address="2/0/1", kind=TelegramKind.WRITE, source="1.1.241", payload=b"\x0c\x1a"),
        ),
        (ASKED, ASKED_CONFIRMED, Telegram(address="2/0/1", kind=TelegramKind.READ, source="1.1.241")),
    ],
)
def test_a_telegram_is_acknowledged_confirmed_and_put_on_the_bus(
    asked: str, confirmed: str, telegram: Telegram
) -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        assert await place.say(tunnelled(asked)) == shown(ack(), tunnelled(confirmed))
        assert house.spread == [telegram]

    play(work)


def test_over_tcp_nothing_is_acknowledged_and_no_number_matters() -> None:
    async def work(house: House) -> None:
        place = house.place(is_stream=True)
        place.own = HPAI()
        await place.say(CONNECT)
        answers = await place.say(tunnelled(ON, 7), tunnelled(ON, 7))
        assert answers == shown(tunnelled(ON_CONFIRMED), tunnelled(ON_CONFIRMED, 1))
        assert len(house.spread) == 2

    play(work)


def test_the_others_hear_it_and_who_sent_it_does_not() -> None:
    async def work(house: House) -> None:
        place, other = house.place(), house.place()
        await place.say(CONNECT)
        await other.say(CONNECT)
        await place.say(tunnelled(ON))
        assert other.heard[1:] == shown(tunnelled(ON_HEARD, channel=2))
        assert len(place.heard) == 3

    play(work)


def test_a_telegram_that_is_not_transmitted_is_confirmed_so_and_heard_by_nobody() -> None:
    async def work(house: House) -> None:
        place, other = house.place(), house.place()
        await place.say(CONNECT)
        await other.say(CONNECT)
        assert await place.say(tunnelled(ON)) == shown(ack(), tunnelled(ON_REFUSED))
        assert (house.spread, len(other.heard)) == ([], 1)

    play(work, transmitting=False)


def test_a_telegram_can_lack_its_confirmation() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        assert await place.say(tunnelled(ON)) == shown(ack())
        assert len(house.spread) == 1

    play(work, confirming=False)


def test_a_telegram_can_lack_its_acknowledgement() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        assert await place.say(tunnelled(ON)) == shown(tunnelled(ON_CONFIRMED))

    play(work, acknowledges=False)


def test_single_devices_are_not_there() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        assert await place.say(tunnelled(TO_A_DEVICE)) == shown(ack(), tunnelled(TO_A_DEVICE_REFUSED))
        assert house.spread == []

    play(work, confirming=False)


def test_a_repeated_request_is_acknowledged_again_and_not_executed() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT, tunnelled(ON))
        await place.say(ack())
        assert await place.say(tunnelled(ON)) == shown(ack())
        assert await place.say(tunnelled(ON, 2)) == []
        assert await place.say(tunnelled(ON, 1)) == shown(ack(1), tunnelled(ON_CONFIRMED, 1))
        assert len(house.spread) == 2

    play(work)


def test_the_numbers_begin_again_after_255() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        for number in range(256):
            assert await place.say(tunnelled(ON, number)) == shown(
                ack(number), tunnelled(ON_CONFIRMED, number)
            )
            await place.say(ack(number))
        assert await place.say(tunnelled(ON, 255)) == shown(ack(255))
        assert await place.say(tunnelled(ON, 0)) == shown(ack(0), tunnelled(ON_CONFIRMED, 0))

    play(work)


def test_what_is_not_acknowledged_is_sent_again_after_a_second_and_then_the_tunnel_ends() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT, tunnelled(ON))
        del place.heard[:]
        await asyncio.sleep(0.9)
        assert place.heard == []
        await asyncio.sleep(0.2)
        assert place.heard == shown(tunnelled(ON_CONFIRMED))
        await asyncio.sleep(1)
        assert place.heard == shown(tunnelled(ON_CONFIRMED), ENDED)
        assert house.gateway.tunnels == ()

    play(work)


def test_the_next_frame_waits_for_the_acknowledgement_of_its_own_number() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        assert await place.say(tunnelled(ON), tunnelled(ON, 1)) == shown(
            ack(), ack(1), tunnelled(ON_CONFIRMED)
        )
        assert await place.say(ack(5), ack(0, channel=3)) == []
        assert await place.say(ack(0), ack(0)) == shown(tunnelled(ON_CONFIRMED, 1))

    play(work)


def test_a_client_that_is_silent_for_two_minutes_loses_its_tunnel() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        await asyncio.sleep(119)
        await place.say(STATE)
        await asyncio.sleep(119)
        assert len(house.gateway.tunnels) == 1
        await asyncio.sleep(1.5)
        assert place.heard[2:] == shown(ENDED)
        assert house.gateway.tunnels == ()

    play(work)


def test_a_tunnel_that_is_dropped_gets_no_word_and_its_connection_is_closed() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        [tunnel] = house.gateway.tunnels
        for end in (house.gateway.drop, house.gateway.drop, house.gateway.end):
            end(tunnel)
        assert (len(place.heard), place.closings, house.gateway.tunnels) == (1, 1, ())

    play(work)


@pytest.mark.parametrize(("ending", "said"), [("end", [ENDED]), ("drop", [])])
def test_a_tunnel_that_has_ended_says_nothing_more(ending: str, said: list[str]) -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        [tunnel] = house.gateway.tunnels
        getattr(house.gateway, ending)(tunnel)
        await asyncio.sleep(0)
        tunnel.tell(bytes.fromhex(ON_HEARD))
        await asyncio.sleep(130)
        assert place.heard[1:] == shown(*said)

    play(work)


def test_closing_ends_every_tunnel_by_a_request() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT, CONNECT)
        house.gateway.close()
        assert place.heard[2:] == shown(ENDED, ENDED.replace("10 01 00 08", "10 02 00 08"))
        assert house.gateway.tunnels == ()

    play(work)


def test_the_tunnels_of_a_connection_end_with_it_and_no_others() -> None:
    async def work(house: House) -> None:
        place, other = house.place(is_stream=True), house.place(is_stream=True)
        await place.say(CONNECT)
        await other.say(CONNECT)
        house.gateway.hung_up(place)
        assert [tunnel.origin for tunnel in house.gateway.tunnels] == [other]

    play(work)


def test_it_can_send_everything_twice_or_with_wrong_numbers() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        house.conduct.repeats = True
        assert await place.say(tunnelled(ON)) == shown(
            ack(), tunnelled(ON_CONFIRMED), tunnelled(ON_CONFIRMED)
        )
        await place.say(ack())
        house.conduct.repeats, house.conduct.misnumbers = False, True
        assert await place.say(tunnelled(ON, 1)) == shown(ack(1), tunnelled(ON_CONFIRMED, 101))

    play(work)


def test_it_can_send_nonsense_before_a_frame() -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        answers = await place.say(tunnelled(ON))
        assert answers == shown(ack(), "06 10 ff ff 00 08 00 00", tunnelled(ON_CONFIRMED))

    play(work, babbles=True)


def test_it_describes_itself_to_who_asks_and_who_searches() -> None:
    name = b"interlock simulator".ljust(30, b"\0").hex()
    blocks = (
        f"36 01 02 00 11 01 00 00 00 00 00 00 00 01 e0 00 17 0c 02 00 00 00 00 01 {name} 06 02 02 01 04 01"
    )

    async def work(house: House) -> None:
        place = house.place()
        assert await place.say(f"06 10 02 03 00 0e {BACK}") == shown(f"06 10 02 04 00 42 {blocks}")
        assert await place.say(f"06 10 02 01 00 0e {BACK}") == shown(
            f"06 10 02 02 00 4a 08 01 c0 00 02 01 0e 57 {blocks}"
        )

    play(work)


RUBBISH: Sequence[str] = (
    "",
    "06",
    "06 10 02",
    "47 45 54 20 2f",
    "06 20 02 05 00 06",
    "06 10 ff ff 00 06",
    "06 10 02 05 00 06",
    "06 10 02 05 ff ff",
    f"06 10 02 05 00 1a {BACK} {BACK} 04 99 02 00",
    "06 10 02 07 00 07 01",
    "06 10 04 20 00 06",
    "06 10 04 20 00 0a 04 09 00 00",
    tunnelled("", 9),
    f"06 10 02 08 00 08 01 00 {BACK}",
)


@pytest.mark.parametrize("frame", RUBBISH)
def test_rubbish_is_passed_over(frame: str) -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        assert await place.say(frame) == []
        assert await place.say(STATE) == shown("06 10 02 08 00 08 01 00")

    play(work)


@pytest.mark.parametrize(
    "raw",
    [
        "ff",
        "11",
        "11 00",
        "11 05",
        "11 00 bc e0 00 00 08 01",
        "11 00 bc e0 00 00 08 01 09 00 81",
        ON_HEARD,
        "fc 00 00 01",
    ],
)
def test_a_frame_without_a_telegram_is_acknowledged_and_nothing_else(raw: str) -> None:
    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        assert await place.say(tunnelled(raw)) == shown(ack())
        assert house.spread == []

    play(work)


def test_a_telegram_from_the_bus_is_heard_by_all() -> None:
    cases = {
        "29 00 bc e0 11 05 08 01 01 00 81": Telegram(
            address="1/0/1", kind=TelegramKind.WRITE, source="1.1.5", payload=1
        ),
        "29 00 bc e0 11 05 10 01 03 00 40 0c 1a": Telegram(
            address="2/0/1", kind=TelegramKind.RESPONSE, source="1.1.5", payload=b"\x0c\x1a"
        ),
        "29 00 bc e0 11 05 10 01 01 00 00": Telegram(address="2/0/1", kind=TelegramKind.READ, source="1.1.5"),
    }

    async def work(house: House) -> None:
        place = house.place()
        await place.say(CONNECT)
        for number, (raw, telegram) in enumerate(cases.items()):
            house.gateway.tell(replace(telegram))
            assert await place.say() == shown(tunnelled(raw, number))
            await place.say(ack(number))

    play(work)
