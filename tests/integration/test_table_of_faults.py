"""Each fault that a server can have, over real HTTP and HTTPS, through the real driver and engine.

For each: what becomes of the reading and why, that the user is told once and told once that it is over,
that the server is asked no oftener than before, that its neighbour's polls go on, and that all is well by
itself once the fault is. A further driver joins by adding its vendors and what it says.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from interlock import issue_loopback_tls
from interlock.clock import WallClock
from interlock.model import Outcome, Point, Quality
from support.faulty_town import Vendor, faulty_town
from support.founten_vendors import FOUNTEN
from support.thinknx_vendors import SECRET, VENDORS

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

POLLS = 10
"""How often the neighbour is polled while the faulty server is watched."""


@dataclass(frozen=True, slots=True)
class Row:
    """A fault, and what it makes of a reading."""

    fault: str
    quality: Quality
    why: str
    """A pattern of what the user is told, beginning with the connection."""
    lost: bool = False
    """Whether the whole connection is lost, and not only what was read."""


THINKNX_TABLE = (
    Row("rubbish", Quality.FAULT, "answers no JSON object but <html>"),
    Row("empty", Quality.FAULT, "answers no JSON object but nothing"),
    Row("half-json", Quality.FAULT, "answers no JSON object but {"),
    Row("huge", Quality.FAULT, "answers more than 1048576 bytes"),
    Row("redirect", Quality.FAULT, "is redirected to https://127.0.0.1, which is not followed"),
    Row("404", Quality.FAULT, r"is unknown to the server or hidden from this user \(HTTP 404"),
    Row("400", Quality.FAULT, r"does not take these parameters \(HTTP 400: params errors\)"),
    Row("impossible", Quality.STALE, r"cannot be executed now \(HTTP 400: impossible to execute\)"),
    Row("500", Quality.STALE, r"failed in the server \(HTTP 500\)"),
    Row("cut", Quality.STALE, "lost the connection before a whole answer: peer closed connection"),
    Row("reset", Quality.STALE, "lost the connection before a whole answer: connection reset by peer"),
    Row("hang", Quality.STALE, "gave no whole answer within 0.5 s"),
    Row("drip:1s", Quality.STALE, "gave no whole answer within 0.5 s"),
    Row("429:1", Quality.STALE, r"the server asks for fewer requests \(HTTP 429\)", lost=True),
)
FOUNTEN_TABLE = (
    Row("rubbish", Quality.FAULT, "says nothing of success: <html>"),
    Row("empty", Quality.FAULT, "is no XML: no element found"),
    Row("malformed", Quality.FAULT, "is no XML: mismatched tag"),
    Row("quotes", Quality.FAULT, "is no XML: XML declaration not well-formed"),
    Row("entity-bomb", Quality.FAULT, "declares entities or a document type, which are refused"),
    Row("external-entity", Quality.FAULT, "declares entities or a document type, which are refused"),
    Row("redirect", Quality.FAULT, "is redirected to another place of the same server, which is not"),
    Row("404", Quality.FAULT, r"there is no API at this address \(HTTP 404\)"),
    Row("500", Quality.STALE, r"failed in the server \(HTTP 500\)"),
    Row("cut", Quality.STALE, "lost the connection before a whole answer: peer closed connection"),
    Row("reset", Quality.STALE, "lost the connection before a whole answer: connection reset by peer"),
    Row("hang", Quality.STALE, "gave no whole answer within 0.5 s"),
    Row("drip:1s", Quality.STALE, "gave no whole answer within 0.5 s"),
    Row("429:1", Quality.STALE, r"the server asks for fewer requests \(HTTP 429\)", lost=True),
)
THINKNX_HARMLESS = ("close", "type", "strings", "latency:20ms")
FOUNTEN_HARMLESS = ("close", "type", "root-response", "latency:20ms")
FAMILIES = ((VENDORS, THINKNX_TABLE, THINKNX_HARMLESS), (FOUNTEN, FOUNTEN_TABLE, FOUNTEN_HARMLESS))

each_fault = pytest.mark.parametrize(
    ("vendor", "row"),
    [
        pytest.param(vendor, row, id=f"{name}-{row.fault}")
        for vendors, rows, _ in FAMILIES
        for name, vendor in vendors.items()
        for row in rows
    ],
)
each_harmless_oddity = pytest.mark.parametrize(
    ("vendor", "fault"),
    [
        pytest.param(vendor, fault, id=f"{name}-{fault}")
        for vendors, _, faults in FAMILIES
        for name, vendor in vendors.items()
        for fault in faults
    ],
)
_ALL = {**VENDORS, **FOUNTEN}
each_vendor = pytest.mark.parametrize("vendor", _ALL.values(), ids=_ALL.keys())
each_vendor_with_scenes = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS.keys())


def told(records: Sequence[logging.LogRecord], level: int) -> list[str]:
    """Return what was said of the faulty server and its point at a level."""
    # Whether ten polls a second are done in time is the machine's affair; that a server's refusals slow its
    # polls for longer than they last is said by itself.
    lines = [
        record.getMessage()
        for record in records
        if record.levelno == level and record.module not in {"punctuality", "allowance"}
    ]
    return [line for line in lines if line.startswith(("connection house: ", "living."))]


@each_fault
async def test_a_fault_costs_one_servers_readings_is_told_once_and_heals(
    row: Row, vendor: Vendor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "interlock")
    async with faulty_town(vendor, tmp_path) as town:
        await town.settled()
        town.house.add_fault(row.fault)
        await town.until(lambda: town.quality is row.quality)
        # Polls that a server has slowed are known for three of their new intervals.
        prefix = r"no value for more than \d+s: " if row.quality is Quality.STALE else ""
        assert re.match(f"{prefix}connection house: .*{row.why}", town.reason), town.reason
        asked = len(town.house.requests)
        await town.while_the_neighbour_is_polled(POLLS)
        # A request that is lost on a kept connection goes out once more.
        assert len(town.house.requests) - asked <= POLLS + 1
        assert town.engine.state.values.keys() >= {vendor.neighbour}
        await town.healed()
        await town.while_the_neighbour_is_polled(3)
    [failure], [recovery] = told(caplog.records, logging.WARNING), told(caplog.records, logging.INFO)
    whose = "connection house" if row.lost else f"{vendor.reading} is {row.quality.value}"
    assert re.match(f"{whose}: .*{row.why}", failure)
    assert recovery == ("connection house: answers again" if row.lost else f"{vendor.reading} is good again")
    assert SECRET not in caplog.text


@each_harmless_oddity
async def test_what_a_server_may_do_costs_nothing(
    fault: str, vendor: Vendor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with faulty_town(vendor, tmp_path) as town:
        await town.settled()
        town.house.add_fault(fault)
        asked = len(town.house.requests)
        await town.until(lambda: len(town.house.requests) > asked + 8)
        assert town.quality is Quality.GOOD
    assert told(caplog.records, logging.WARNING) == []


@each_vendor
async def test_refused_credentials_are_told_once_and_end_the_asking(
    vendor: Vendor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with faulty_town(vendor, tmp_path) as town:
        await town.settled()
        town.house.add_fault("403")
        await town.until(lambda: town.quality is Quality.FAULT)
        asked = len(town.house.requests)
        await town.while_the_neighbour_is_polled(POLLS)
        assert len(town.house.requests) == asked
    [line] = told(caplog.records, logging.WARNING)
    assert line.endswith("(HTTP 403); it is not asked again until its settings change")


@each_vendor
async def test_a_server_that_goes_away_and_comes_back_is_read_again(
    vendor: Vendor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "interlock")
    async with faulty_town(vendor, tmp_path) as town:
        await town.settled()
        port = int(town.house_url.rpartition(":")[2])
        await town.house.stop()
        await town.until(lambda: town.quality is Quality.STALE)
        assert "cannot be reached: connection refused" in town.reason
        await town.house.start("127.0.0.1", port, town.tls)
        await town.until(lambda: town.quality is Quality.GOOD)
    [failure], [recovery] = told(caplog.records, logging.WARNING), told(caplog.records, logging.INFO)
    assert re.fullmatch(r"connection house: .*refused; asking again in \d+ s, then more rarely", failure)
    assert recovery == "connection house: answers again"


async def test_a_certificate_that_nobody_trusts_costs_the_readings_until_it_is_right_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with faulty_town(VENDORS["thinknx-cloud"], tmp_path) as town:
        await town.settled()
        port = int(town.house_url.rpartition(":")[2])
        asked = len(town.house.requests)
        await town.house.stop()
        await town.house.start("127.0.0.1", port, issue_loopback_tls(tmp_path / "other.pem"))
        await town.until(lambda: town.quality is Quality.STALE)
        assert "cannot be reached: its certificate is not trusted: " in town.reason
        assert len(town.house.requests) - asked <= 2
        await town.house.stop()
        await town.house.start("127.0.0.1", port, town.tls)
        await town.until(lambda: town.quality is Quality.GOOD)
    assert len([line for line in told(caplog.records, logging.WARNING) if "certificate" in line]) == 1


class JumpingClock(WallClock):
    """The wall clock of a machine whose time is set."""

    offset = timedelta()

    def now(self) -> datetime:
        return super().now() + self.offset


@each_vendor
@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(hours=3)])
async def test_a_clock_that_jumps_leaves_the_readings_coming(
    jump: timedelta, vendor: Vendor, tmp_path: Path
) -> None:
    clock = JumpingClock()
    async with faulty_town(vendor, tmp_path, clock) as town:
        await town.settled()
        clock.offset = jump
        asked = len(town.house.requests)
        await town.until(lambda: len(town.house.requests) > asked + 8)
        await town.until(lambda: town.quality is Quality.GOOD)


@each_vendor_with_scenes
@pytest.mark.parametrize("fault", ["500", "reset", "hang", "rubbish", "cut", "429", "close"])
async def test_what_starts_something_is_never_sent_twice(fault: str, vendor: Vendor, tmp_path: Path) -> None:
    async with faulty_town(vendor, tmp_path) as town:
        await town.settled()
        town.house.add_fault(f"{fault}@scenelaunch")
        receipt = await town.send(Point("evening.scenelaunch"), "launch")
    sent = [request for request in town.house.requests if "/scenelaunch?" in request.target]
    assert len(sent) == 1
    expected: Mapping[str, set[Outcome]] = {"close": {Outcome.ACCEPTED}}
    assert receipt.outcome in expected.get(fault, {Outcome.FAILED, Outcome.UNCERTAIN})
