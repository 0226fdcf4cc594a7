"""The faults that any simulator of an HTTP protocol can have."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from interlock import (
    HTTP_FAULTS,
    FaultArgument,
    FaultKind,
    Faults,
    ProtocolServer,
    RawReply,
    Reply,
    Request,
)

BODY = b"0123456789"
REQUEST = Request(method="GET", target="/lamp?x=1", headers=(), body=b"", peer="127.0.0.1")
STATE = FaultKind(name="asleep", description="does nothing")


def new_faults(*texts: str) -> Faults:
    faults = Faults([*HTTP_FAULTS, STATE], {"lamp", "kitchen"}, prefix="/?api/")
    for text in texts:
        faults.add(text)
    return faults


async def answer(*texts: str, status: int = 200) -> Reply | RawReply:
    """Return what becomes of a call of the lamp."""
    faults = new_faults(*texts)
    reply = Reply(status=status, body=BODY)
    return await faults.instead(REQUEST, {"lamp"}) or faults.spoil(reply, {"lamp"})


async def good_answer(*texts: str) -> Reply:
    found = await answer(*texts)
    assert isinstance(found, Reply)
    return found


async def test_without_faults_an_answer_goes_out_as_it_is() -> None:
    assert await answer() == Reply(body=BODY)


@pytest.mark.parametrize("status", [403, 404, 429, 500])
async def test_a_status_takes_the_place_of_the_call(status: int) -> None:
    found = await good_answer(str(status))
    assert (found.status, found.content_type, found.headers) == (status, "text/html", ())


async def test_a_rate_limit_says_when_to_come_back() -> None:
    assert (await good_answer("429:30")).headers == (("Retry-After", "30"),)


@pytest.mark.parametrize(
    ("fault", "place"), [("redirect", "/lamp?x=1"), ("redirect:http://other:80/", "http://other:80/")]
)
async def test_a_redirect_leads_in_a_circle_or_where_it_is_told(fault: str, place: str) -> None:
    found = await good_answer(fault)
    assert (found.status, found.headers) == (302, (("Location", place),))


async def test_a_reset_is_no_answer() -> None:
    assert await answer("reset") == RawReply(reset=True)


async def test_what_hangs_is_dropped_when_the_faults_are_cleared() -> None:
    faults = new_faults("hang")
    waiting = asyncio.create_task(faults.instead(REQUEST, {"lamp"}))
    await asyncio.sleep(0)
    assert not waiting.done()
    faults.clear()
    assert await waiting == RawReply()
    assert faults.texts() == ()


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ("type", Reply(body=BODY, content_type="text/html")),
        ("half", Reply(body=b"01234")),
        ("empty", Reply()),
        ("huge", Reply(body=b" " * 65_536, repeat=800)),
        ("cut", Reply(body=BODY, cut_after=5)),
        ("drip", Reply(body=BODY, drip_s=0.1)),
        ("drip:2s", Reply(body=BODY, drip_s=2.0)),
        ("latency:2s", Reply(body=BODY, delay_s=2.0)),
        ("500@kitchen", Reply(body=BODY)),
        ("asleep", Reply(body=BODY)),
    ],
)
async def test_an_answer_is_spoiled(fault: str, changed: Reply) -> None:
    assert await answer(fault) == changed


async def test_rubbish_is_a_page_with_status_200() -> None:
    found = await good_answer("rubbish")
    assert (found.status, found.content_type, found.body[:6]) == (200, "text/html", b"<html>")


async def test_what_is_no_success_is_late_and_not_spoiled() -> None:
    assert await answer("empty", "latency:1s", status=404) == Reply(status=404, body=BODY, delay_s=1.0)


async def test_delays_add_up_also_where_a_fault_takes_the_place_of_the_call() -> None:
    assert (await good_answer("latency:1s", "500", "latency:2s")).delay_s == 3.0


async def test_several_spoil_one_after_another() -> None:
    assert await answer("drip", "half") == Reply(body=b"01234", drip_s=0.1)


async def test_a_connection_is_closed_after_a_whole_answer_that_did_not_say_so() -> None:
    found = await answer("close")
    assert found == RawReply(
        data=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n0123456789"
    )


@pytest.mark.slow
async def test_the_next_request_on_a_closed_connection_finds_it_closed() -> None:
    faults = new_faults("close")

    async def handle(request: Request) -> Reply | RawReply:
        return faults.spoil(Reply(body=BODY), ())

    server = ProtocolServer(handle)
    url = await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient(trust_env=False) as client:
        bodies = [(await client.get(url)).content for _ in range(2)]
    await server.stop()
    assert bodies == [BODY, BODY]


@pytest.mark.parametrize("where", ["lamp", "api/lamp", "/api/lamp"])
async def test_a_place_is_known_with_its_prefix_and_without(where: str) -> None:
    assert (await good_answer(f"500@{where}")).status == 500


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("earthquake", "'earthquake' is no fault: it must be one of latency, 403, "),
        ("latancy:2s", "; did you mean 'latency'?"),
        ("reset:1s", "fault 'reset' takes no argument, so ':1s' means nothing"),
        (
            "latency",
            "fault 'latency' needs an argument: answers late, by the time given: latency:2s",
        ),
        ("latency:soon", "'soon' is no duration"),
        ("drip:soon", "'soon' is no duration"),
        ("500@kitchn", "the simulator has no place 'kitchn'; did you mean 'kitchen'?"),
        ("500@api/attic", "the simulator has no place 'attic'"),
    ],
)
def test_a_text_that_means_no_fault_is_refused(text: str, complaint: str) -> None:
    faults = new_faults()
    with pytest.raises(ValueError, match=re.escape(complaint)):
        faults.add(text)
    assert faults.texts() == ()


def test_faults_are_told_as_they_were_written() -> None:
    assert new_faults("500@api/lamp", " latency:2s ").texts() == ("500@api/lamp", "latency:2s")


def test_active_faults_are_those_of_a_kind_that_concern_a_place() -> None:
    faults = new_faults("asleep", "asleep@lamp", "500", "asleep@kitchen")
    assert [fault.where for fault in faults.active("asleep", {"lamp"})] == ["", "lamp"]
    assert [fault.where for fault in faults.active("asleep")] == [""]


def test_one_fault_can_be_removed() -> None:
    faults = new_faults("500")
    late = faults.add("latency:1s")
    faults.remove(late)
    faults.remove(late)
    assert faults.texts() == ("500",)


def test_each_kind_is_named_once_and_described() -> None:
    assert len({kind.name for kind in HTTP_FAULTS}) == len(HTTP_FAULTS)
    assert all(kind.description for kind in HTTP_FAULTS)
    assert STATE.argument is FaultArgument.NONE
