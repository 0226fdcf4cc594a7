"""``interlock call``: one command with named fields, its receipt, its trace in the journal."""

import json
from pathlib import Path

import pytest

from support.command import Interlock
from support.fake_driver import FakeEquipment, fake_driver
from support.plugins import registry_of

CALL = "lobby.schedule_set"


@pytest.fixture
def equipment(monkeypatch: pytest.MonkeyPatch) -> FakeEquipment:
    equipment = FakeEquipment()
    registry = registry_of(fake_driver(equipment))
    monkeypatch.setattr("interlock.service.loading.load_plugins", lambda **_: registry)
    return equipment


@pytest.fixture
def site(tmp_path: Path, equipment: FakeEquipment) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(
        "site: {name: Office, timezone: Europe/Rome}\n"
        "connections: {house: {driver: fake}}\n"
        "devices:\n"
        "  lobby: {connection: house, type: program, address: l}\n"
        "  bell: {connection: house, type: button, address: b}\n"
    )
    return path


def test_the_controller_gets_its_fields_and_the_receipt_shows_them(
    interlock: Interlock, site: Path, equipment: FakeEquipment
) -> None:
    done = interlock("call", site, CALL, "day=monday", "heat=21.5")
    assert (done.code, done.err) == (0, "")
    assert done.out == "call lobby.schedule_set day=Monday heat=21.5: accepted\n"
    assert equipment.calls == [(CALL, {"day": "Monday", "heat": 21.5})]


def test_the_journal_keeps_the_fields(interlock: Interlock, site: Path) -> None:
    interlock("call", site, CALL, "day=Monday", "heat=21")
    assert "call lobby.schedule_set day=Monday heat=21: accepted, by operator cli\n" in (
        interlock("explain", site, CALL).out
    )
    story = json.loads(interlock("explain", site, CALL, "--json").out)
    assert story["commands"][0]["command"]["fields"] == {"day": "Monday", "heat": 21.0}


def test_json_is_the_receipt(interlock: Interlock, site: Path) -> None:
    receipt = json.loads(interlock("call", site, CALL, "day=Monday", "heat=21", "--json").out)
    assert (receipt["point"], receipt["value"], receipt["fields"], receipt["outcome"]) == (
        CALL,
        None,
        {"day": "Monday", "heat": 21.0},
        "accepted",
    )


def test_what_the_driver_refuses_is_a_refused_receipt(
    interlock: Interlock, site: Path, equipment: FakeEquipment
) -> None:
    done = interlock("call", site, CALL, "day=Monday", "heat=25", "cool=24")
    assert (done.code, done.err) == (
        1,
        "call lobby.schedule_set day=Monday heat=25 cool=24: refused: heat 25.0 is not below cool 24.0\n",
    )
    assert equipment.calls == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lobby.schedule_sat", "day=Monday"), "did you mean 'lobby.schedule_set'?"),
        ((CALL, "day=Munday", "heat=3"), "day cannot be 'Munday': it takes Monday or Tuesday"),
        ((CALL, "day=Monday"), "lobby.schedule_set: schedule_set needs 'heat': in °C"),
        ((CALL,), "lobby.schedule_set: schedule_set needs 'day'"),
        ((CALL, "dya=Monday"), "schedule_set has no field 'dya'; did you mean 'day'?"),
        ((CALL, "Monday"), "'Monday' is no field: write FIELD=VALUE"),
        ((CALL, "day=Monday", "day=Tuesday"), "'day' is given twice"),
        (("bell.trigger",), "bell.trigger has no fields to call it with: use interlock set"),
    ],
)
def test_a_wrong_call_is_wrong_usage(
    interlock: Interlock, site: Path, equipment: FakeEquipment, arguments: tuple[str, ...], message: str
) -> None:
    done = interlock("call", site, *arguments)
    assert done.code == 2
    assert message in " ".join(done.err.replace("│", " ").split())
    assert equipment.writes == []


def test_set_sends_nobody_to_named_fields(interlock: Interlock, site: Path) -> None:
    done = interlock("set", site, CALL, "on")
    assert done.code == 2
    assert "takes named fields: use interlock call" in " ".join(done.err.replace("│", " ").split())
