"""``interlock set``: one command, its receipt, its trace in the journal."""

import json
from pathlib import Path

import pytest

from support.command import Interlock
from support.flat import NO_SERVER, FlatServer, copy_flat

pytestmark = pytest.mark.slow

GUID = "2KzQtaJXBVvwyuYCNlaXR"


def test_the_device_gets_the_value_and_the_receipt_tells_the_exchange(
    interlock: Interlock, flat: FlatServer
) -> None:
    done = interlock("set", flat.site, "living_ac.hvacmode", "cooling")
    assert (done.code, done.err) == (0, "")
    outcome, exchange, answer = done.out.splitlines()
    assert outcome == "living_ac.hvacmode = cooling: accepted"
    assert exchange.startswith(f"  GET /api/v1/hvacmode?guid={GUID}&cmd=0&fb -> 200 ")
    assert answer == "  the device answers cooling"
    assert flat.value("living_ac.hvacmode") == "cooling"


def test_an_answer_has_its_unit(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("set", flat.site, "living_ac.hvacsetpoint", "23.5")
    assert done.out.endswith("  the device answers 23.5 °C\n")


def test_json_is_the_receipt(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("set", flat.site, "living_ac.hvacmode", "COOLING", "--json")
    receipt = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert receipt.pop("exchange").startswith("GET /api/v1/hvacmode")
    assert receipt.pop("at").endswith("+00:00")
    assert receipt == {
        "point": "living_ac.hvacmode",
        "value": "cooling",
        "fields": {},
        "outcome": "accepted",
        "reason": "",
        "answer": "cooling",
        "attempts": 1,
    }


def test_a_point_that_takes_no_value_gets_none(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("set", flat.site, "doorbell.trigger")
    assert done.code == 0
    assert done.out.startswith("doorbell.trigger: accepted\n")


def test_the_journal_keeps_command_and_receipt(interlock: Interlock, flat: FlatServer) -> None:
    interlock("set", flat.site, "living_ac.hvacmode", "cooling")
    done = interlock("explain", flat.site, "living_ac.hvacmode")
    assert "living_ac.hvacmode = cooling: accepted, by operator cli\n" in done.out


def test_the_journal_may_be_elsewhere(interlock: Interlock, flat: FlatServer, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite"
    interlock("set", flat.site, "hall_light.power", "on", "--journal", elsewhere)
    assert (elsewhere.exists(), flat.journal.exists()) == (True, False)


def test_a_journal_that_cannot_be_used_keeps_nobody_from_switching_something_off(
    interlock: Interlock, flat: FlatServer
) -> None:
    flat.journal.write_bytes(b"this is no database, " * 100)
    done = interlock("set", flat.site, "hall_light.power", "on")
    assert done.code == 0
    assert "the command is sent and not journalled" in done.err


def test_a_value_that_cannot_be_is_wrong_usage_and_nothing_is_sent(
    interlock: Interlock, flat: FlatServer
) -> None:
    done = interlock("set", flat.site, "living_ac.hvacmode", "colling")
    assert done.code == 2
    assert "living_ac.hvacmode cannot be 'colling'" in done.err
    assert "did you mean 'cooling'?" in done.err
    assert (flat.targets(), flat.journal.exists()) == ([], False)


def test_a_negative_value_is_no_option(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("set", flat.site, "desk_lamp.powerlevel", "-3")
    assert done.code == 2
    assert "powerlevel cannot be '-3': it takes an integer from 0 to 100 %" in done.err


def test_a_missing_value_is_wrong_usage(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("set", copy_flat(tmp_path), "living_ac.hvacmode")
    assert done.code == 2
    assert "living_ac.hvacmode needs a value: cooling, heating, dry, fan or auto" in done.err


def test_a_point_that_can_only_be_read_is_wrong_usage(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("set", copy_flat(tmp_path), "living_thermostat.actualtemp", "20")
    assert done.code == 2
    assert "living_thermostat.actualtemp cannot be set: it can only be read" in done.err


def test_a_refusal_is_exit_1_with_its_reason(interlock: Interlock, flat: FlatServer) -> None:
    flat.add_fault("404@doorbell")
    done = interlock("set", flat.site, "doorbell.trigger")
    assert done.code == 1
    assert done.err.startswith("doorbell.trigger: refused: connection house: ")


def test_a_server_that_is_away_is_exit_3(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path, **{"port: 5051": f"port: {NO_SERVER}"})
    done = interlock("set", site, "doorbell.trigger")
    assert done.code == 3
    assert done.err.startswith("doorbell.trigger: failed: connection house: ")


def test_a_server_that_asks_to_wait_is_exit_3_for_read_and_set(
    interlock: Interlock, flat: FlatServer
) -> None:
    flat.add_fault("429")
    codes = [interlock("set", flat.site, "doorbell.trigger").code]
    codes.append(interlock("read", flat.site, "hall_light.power").code)
    assert codes == [3, 3]


def test_a_wrong_password_is_exit_1(interlock: Interlock, flat: FlatServer) -> None:
    (flat.site.parent / "secrets.yaml").write_text("house_password: wrong-one\n", encoding="utf-8")
    done = interlock("set", flat.site, "doorbell.trigger")
    assert done.code == 1
    assert done.err.startswith("doorbell.trigger: refused: connection house: ")
    assert "wrong-one" not in done.err + done.out
