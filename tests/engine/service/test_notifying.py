"""Messages on their way: what is sent again, what is given up, and what a limit holds back."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from interlock.errors import (
    AuthenticationFailed,
    DriverError,
    ProtocolFault,
    RateLimited,
    RejectedValue,
    TimedOut,
    Unreachable,
)
from interlock.redaction import MASK, redactor
from interlock.runtime.firings.run import StepFailed
from interlock.service.notifying import Letter, Outbox, attempt_once
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from support.fake_notifier import Belfry, configured_bell

REFUSED = Unreachable("connection refused")
ALARM = Letter("It is 31 °C", "Server room")


@dataclass
class Post:
    """An outbox at work, and what was told of its letters later."""

    belfry: Belfry
    outbox: Outbox
    told: list[str] = field(default_factory=list)

    async def post(self, letter: Letter = ALARM) -> str:
        try:
            return await self.outbox.post(letter, self.told.append)
        except StepFailed as error:
            return f"failed: {error}"


def posted(
    test: Callable[[Post], Awaitable[None]], *faults: BaseException | None, **settings: object
) -> Post:
    """Let a test use an outbox in virtual time; close it afterwards."""

    async def go() -> Post:
        belfry = Belfry(list(faults))
        clock = VirtualClock(datetime(2026, 7, 14, tzinfo=UTC), asyncio.get_running_loop())
        outbox = Outbox(configured_bell(belfry, **settings), clock=clock, dice=random.Random(1))
        there = Post(belfry, outbox)
        await test(there)
        await outbox.close()
        return there

    return run_virtual(go())


def test_a_letter_is_sent_once() -> None:
    async def test(there: Post) -> None:
        assert await there.post() == "sent"

    there = posted(test)
    assert there.belfry.sent == [("It is 31 °C", "Server room")]
    assert there.told == []


def test_one_refused_connection_loses_nothing_and_holds_nobody_up() -> None:
    async def test(there: Post) -> None:
        began = asyncio.get_running_loop().time()
        note = await there.post()
        assert note.startswith("not sent yet: connection refused; sending it again in ")
        assert asyncio.get_running_loop().time() - began < 1
        await asyncio.sleep(30)

    there = posted(test, REFUSED)
    assert len(there.belfry.sent) == 1
    assert there.told == ["sent by attempt 2"]


def test_attempts_grow_rarer_and_end_after_some_minutes(caplog: pytest.LogCaptureFixture) -> None:
    async def test(there: Post) -> None:
        await there.post()
        await asyncio.sleep(3600)

    there = posted(test, *[REFUSED] * 9)
    times = there.belfry.attempts
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert [round(pause / 10 / 2**number) for number, pause in enumerate(pauses)] == [1] * 5
    assert there.belfry.sent == []
    assert there.told[-1] == "not sent: connection refused"
    assert [record.getMessage() for record in caplog.records] == [
        "notifier mail: connection refused; it is tried again",
        "notifier mail: a message is lost: connection refused",
    ]
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]


@pytest.mark.parametrize("fault", [RejectedValue("no such address"), AuthenticationFailed("wrong password")])
def test_what_will_not_work_fails_at_once(fault: DriverError) -> None:
    async def test(there: Post) -> None:
        assert await there.post() == f"failed: not sent: {fault}"
        await asyncio.sleep(3600)

    assert len(posted(test, fault).belfry.attempts) == 1


def test_a_service_that_names_a_pause_gets_it() -> None:
    async def test(there: Post) -> None:
        assert await there.post() == "not sent yet: slow down; sending it again in 90 s"
        await asyncio.sleep(100)

    there = posted(test, RateLimited("slow down", retry_after_s=90))
    assert there.belfry.attempts == pytest.approx([0, 90], abs=0.1)


def test_a_service_that_names_a_longer_pause_than_an_alarm_can_wait_gets_nothing() -> None:
    async def test(there: Post) -> None:
        assert await there.post() == "failed: not sent: slow down"

    posted(test, RateLimited("slow down", retry_after_s=601))


def test_a_rule_does_not_wait_for_a_service_that_hangs() -> None:
    async def test(there: Post) -> None:
        there.belfry.hangs = True
        assert await there.post() == "on its way"
        assert asyncio.get_running_loop().time() == pytest.approx(5, abs=0.1)
        there.belfry.hangs = False
        await asyncio.sleep(60)

    there = posted(test)
    assert len(there.belfry.sent) == 1
    assert there.told[0].startswith("not sent yet: the notifier did not come back in time; ")
    assert there.belfry.attempts[1] > 35


def test_a_runaway_rule_sends_no_more_than_the_limit_and_one_message_that_sums_up() -> None:
    async def test(there: Post) -> None:
        notes = [await there.post() for _ in range(50)]
        assert notes == ["sent"] * 3 + ["not sent: more messages than 3/5m"] * 47
        await asyncio.sleep(299)
        assert len(there.belfry.sent) == 3
        await asyncio.sleep(2)
        assert len(there.belfry.sent) == 4
        assert await there.post() == "sent"

    there = posted(test, limit="3/5min")
    assert there.belfry.sent[3][0] == (
        "47 further messages were suppressed: there were more than 3/5m. The journal has them all."
    )


def test_the_limit_holds_for_any_stretch_of_time() -> None:
    async def test(there: Post) -> None:
        for _ in range(3):
            assert await there.post() == "sent"
            await asyncio.sleep(150)
        assert await there.post() == "sent"

    assert len(posted(test, limit="2/5min").belfry.sent) == 4


def test_one_suppressed_message_is_said_in_the_singular_and_that_only_once() -> None:
    async def test(there: Post) -> None:
        await there.post()
        await there.post()
        await asyncio.sleep(1000)

    there = posted(test, limit="1/1min")
    assert [message for message, _ in there.belfry.sent[1:]] == [
        "1 further message was suppressed: there were more than 1/1m. The journal has them all."
    ]


def test_the_end_of_the_service_brings_the_last_attempt_at_once() -> None:
    async def test(there: Post) -> None:
        await there.post()

    there = posted(test, REFUSED)
    assert len(there.belfry.sent) == 1
    assert there.belfry.attempts[1] < 1


def test_the_end_of_the_service_tells_what_was_suppressed() -> None:
    async def test(there: Post) -> None:
        await there.post()
        await there.post()

    assert len(posted(test, limit="1/1h").belfry.sent) == 2


def test_a_last_attempt_that_fails_is_told_and_no_further_one_made() -> None:
    async def test(there: Post) -> None:
        await there.post()

    there = posted(test, *[REFUSED] * 9)
    assert len(there.belfry.attempts) == 2
    assert there.told == ["not sent: connection refused"]


def test_a_service_that_hangs_does_not_keep_ours_from_ending() -> None:
    ended: list[float] = []

    async def test(there: Post) -> None:
        there.belfry.hangs = True
        await there.post()
        await there.outbox.close()
        ended.append(asyncio.get_running_loop().time())

    posted(test)
    assert ended == pytest.approx([15], abs=0.1)


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (ZeroDivisionError("by zero"), ProtocolFault, "the notifier failed: ZeroDivisionError: by zero"),
        (ZeroDivisionError(), ProtocolFault, "the notifier failed: ZeroDivisionError"),
        (SystemExit(3), ProtocolFault, "the notifier failed: SystemExit: 3"),
        (asyncio.CancelledError(), ProtocolFault, "the notifier failed: CancelledError"),
        (TimeoutError(), TimedOut, "the notifier did not come back in time"),
        (REFUSED, Unreachable, "connection refused"),
    ],
)
async def test_whatever_a_plugin_raises_is_an_error_with_a_meaning(
    raised: BaseException, kind: type[DriverError], message: str
) -> None:
    error = await attempt_once(configured_bell(Belfry([raised])), ALARM)
    assert (type(error), str(error)) == (kind, message)


async def test_no_secret_is_told() -> None:
    redactor.register("pa55word-of-the-bell")
    fault = Unreachable("the bell said pa55word-of-the-bell")
    assert str(await attempt_once(configured_bell(Belfry([fault])), ALARM)) == f"the bell said {MASK}"


def test_a_rule_that_is_cancelled_does_not_take_its_message_back() -> None:
    async def test(there: Post) -> None:
        there.belfry.faults = [REFUSED]
        there.belfry.hangs = True
        task = asyncio.create_task(there.post())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        there.belfry.hangs = False
        await asyncio.sleep(120)

    there = posted(test)
    assert len(there.belfry.sent) == 1
    assert there.told[-1].startswith("sent by attempt ")
