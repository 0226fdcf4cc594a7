"""An operator's command takes the way of every command."""

import logging
from pathlib import Path

import pytest

from interlock.clock import WallClock
from interlock.config.site import Site
from interlock.errors import CannotExecute, RejectedValue, Unreachable
from interlock.history.journal import MemoryJournal
from interlock.history.queries import JournalReader
from interlock.history.sql_journal import SqlJournal
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Receipt
from interlock.service.by_hand.commanding import send_as_operator, send_command
from support.fake_driver import FakeEquipment
from support.fake_rules import with_interlocks
from support.fake_site import fake_site
from support.journal_entries import HandClock

SCENE = Point("evening.scenelaunch")
MODE = Point("living_ac.hvacmode")


async def test_it_is_journalled_before_it_is_sent_and_its_receipt_after() -> None:
    equipment, journal, clock = FakeEquipment(), MemoryJournal(), HandClock()
    await journal.open()
    receipt = await send_command(fake_site(equipment), SCENE, "launch", journal=journal, clock=clock)
    command = Command(
        id="1-1",
        point=SCENE,
        value="launch",
        origin=Origin(OriginKind.OPERATOR, "cli"),
        created_at=clock.now(),
    )
    assert [entry for entry in journal.entries if isinstance(entry, Command | Receipt)] == [
        command,
        receipt,
    ]
    assert receipt.outcome is Outcome.ACCEPTED
    assert (equipment.writes, equipment.closed_times) == ([(SCENE, "launch")], 1)


async def test_feedback_is_journalled_as_a_reading() -> None:
    equipment, journal = FakeEquipment(), MemoryJournal()
    await journal.open()
    receipt = await send_command(fake_site(equipment), MODE, "cooling", journal=journal, clock=HandClock())
    readings = [entry for entry in journal.entries if hasattr(entry, "quality")]
    assert [(reading.point, reading.value) for reading in readings] == (
        [(MODE, receipt.answer)] if receipt.answer is not None else []
    )


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Unreachable("away"), Outcome.FAILED),
        (RejectedValue("no"), Outcome.REFUSED),
        (CannotExecute("not now"), Outcome.FAILED),
    ],
)
async def test_it_tells_a_server_that_is_away_from_one_that_says_no(
    error: Exception, outcome: Outcome
) -> None:
    equipment = FakeEquipment(errors={SCENE: error})
    journal = MemoryJournal()
    await journal.open()
    receipt = await send_command(fake_site(equipment), SCENE, "launch", journal=journal, clock=HandClock())
    assert receipt.outcome is outcome


async def test_the_journal_is_closed_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    await send_as_operator(fake_site(FakeEquipment()), SCENE, "launch", path)
    async with JournalReader(path) as journal:
        [past] = await journal.commands_for(SCENE, limit=5)
    assert past.receipt
    assert (past.command.origin.name, past.receipt.outcome) == ("cli", Outcome.ACCEPTED)


async def test_beside_a_running_service_it_is_journalled_too(tmp_path: Path) -> None:
    equipment, path = FakeEquipment(), tmp_path / "journal.sqlite"
    service = SqlJournal(path, WallClock())
    await service.open()
    try:
        await send_as_operator(fake_site(equipment), SCENE, "launch", path)
    finally:
        await service.close()
    async with JournalReader(path) as reader:
        [past] = await reader.commands_for(SCENE, limit=9)
    assert past.receipt
    assert past.receipt.outcome is Outcome.ACCEPTED


async def test_a_journal_that_cannot_be_used_is_said_and_the_command_is_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    equipment, path = FakeEquipment(), tmp_path / "journal.sqlite"
    path.write_bytes(b"this is no database, " * 100)
    receipt = await send_as_operator(fake_site(equipment), SCENE, "launch", path)
    assert receipt.outcome is Outcome.ACCEPTED
    assert equipment.writes == [(SCENE, "launch")]
    [entry] = [entry for entry in caplog.records if entry.levelno == logging.ERROR]
    assert entry.message.endswith("; the command is sent and not journalled")


LOCK = "- {id: no-heat-while-open, never: living_ac.hvacmode == 'heating' and lamp.power}"


def locked_site(equipment: FakeEquipment) -> Site:
    return with_interlocks(fake_site(equipment), LOCK)


async def commanded(site: Site, value: str) -> Receipt:
    journal = MemoryJournal()
    await journal.open()
    receipt = await send_command(site, MODE, value, journal=journal, clock=HandClock())
    assert [entry for entry in journal.entries if isinstance(entry, Receipt)] == [receipt]
    return receipt


async def test_an_interlock_is_judged_without_a_service_too() -> None:
    equipment = FakeEquipment(values={Point("lamp.power"): True})
    receipt = await commanded(locked_site(equipment), "heating")
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.reason.startswith("interlock no-heat-while-open: living_ac.hvacmode == 'heating' and ")
    assert equipment.writes == []


async def test_what_an_interlock_has_nothing_against_is_sent() -> None:
    lamp = Point("lamp.power")
    for is_on, value in ((False, "heating"), (True, "cooling")):
        equipment = FakeEquipment(values={lamp: is_on})
        receipt = await commanded(locked_site(equipment), value)
        assert (receipt.outcome, equipment.writes) == (Outcome.ACCEPTED, [(MODE, value)])


async def test_what_cannot_be_known_is_unsafe() -> None:
    lamp = Point("lamp.power")
    equipment = FakeEquipment(errors={lamp: Unreachable("away")})
    receipt = await commanded(locked_site(equipment), "heating")
    assert receipt.outcome is Outcome.REFUSED
    assert "would be unknown: lamp.power" in receipt.reason


async def test_an_interlock_with_errors_is_told_and_the_others_are_judged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    equipment = FakeEquipment(values={Point("lamp.power"): True})
    site = with_interlocks(fake_site(equipment), f"{LOCK}\n- {{id: wrong, never: living_ac.hvacmood}}")
    assert (await commanded(site, "heating")).outcome is Outcome.REFUSED
    [entry] = [entry for entry in caplog.records if entry.levelno == logging.ERROR]
    assert entry.message == "interlocks with errors are not judged: interlock check shows them"
