"""``interlock read``: points once, by the real driver from a real server."""

import json
from pathlib import Path

import pytest

from support.command import Interlock
from support.flat import NO_SERVER, FlatServer, copy_flat

pytestmark = pytest.mark.slow


def test_values_come_with_their_units_in_the_order_asked_for(interlock: Interlock, flat: FlatServer) -> None:
    flat.hold("living_thermostat.actualtemp", 26.4)
    done = interlock("read", flat.site, "living_ac.hvacmode", "living_thermostat.actualtemp")
    assert (done.code, done.err) == (0, "")
    assert done.out == "living_ac.hvacmode            auto\nliving_thermostat.actualtemp  26.4 °C\n"


def test_a_point_asked_for_twice_is_read_once(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("read", flat.site, "hall_light.power", "hall_light.power")
    assert done.out == "hall_light.power  off\n"


def test_json_has_the_value_as_itself(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("read", flat.site, "living_thermostat.actualtemp", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == [
        {
            "point": "living_thermostat.actualtemp",
            "value": 21.5,
            "unit": "°C",
            "readable": True,
            "writable": False,
            "error": None,
        }
    ]


def test_a_server_that_is_away_is_exit_3_and_said_once(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path, **{"port: 5051": f"port: {NO_SERVER}"})
    done = interlock("read", site, "hall_light.power", "desk_lamp.power")
    assert done.code == 3
    assert done.out == "hall_light.power  unknown\ndesk_lamp.power   unknown\n"
    [line] = done.err.splitlines()
    assert line.startswith("connection house: ")
    assert f"127.0.0.1:{NO_SERVER}" in line


def test_an_error_of_one_point_is_exit_1_and_names_it(interlock: Interlock, flat: FlatServer) -> None:
    flat.add_fault("404@hall_light")
    done = interlock("read", flat.site, "hall_light.power", "desk_lamp.power")
    assert done.code == 1
    assert done.out == "hall_light.power  unknown\ndesk_lamp.power   off\n"
    assert done.err.startswith("hall_light.power: connection house: ")


def test_an_error_is_in_the_json_too(interlock: Interlock, flat: FlatServer) -> None:
    flat.add_fault("404@hall_light")
    done = interlock("read", flat.site, "hall_light.power", "--json")
    [answer] = json.loads(done.out)
    assert (done.code, done.err, answer["value"]) == (1, "", None)
    assert answer["error"].startswith("connection house: ")


def test_an_unknown_point_is_wrong_usage_with_the_nearest(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("read", copy_flat(tmp_path), "living_ac.hvacmod")
    assert done.code == 2
    assert "there is no point 'living_ac.hvacmod'; did you mean 'living_ac.hvacmode'?" in done.err


def test_a_device_alone_is_wrong_usage_and_its_points_are_listed(
    interlock: Interlock, tmp_path: Path
) -> None:
    done = interlock("read", copy_flat(tmp_path), "desk_lamp")
    assert done.code == 2
    assert (
        "'desk_lamp' is a device: name one of its points, desk_lamp.power, desk_lamp.powerlevel" in done.err
    )


def test_a_point_that_only_takes_commands_is_wrong_usage(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("read", copy_flat(tmp_path), "doorbell.trigger")
    assert done.code == 2
    assert "doorbell.trigger cannot be read: it only takes commands" in done.err


def test_rules_with_errors_do_not_matter(interlock: Interlock, flat: FlatServer) -> None:
    (flat.site.parent / "rules" / "broken.yaml").write_text("rules: [{id: 1}]\n", encoding="utf-8")
    assert interlock("read", flat.site, "hall_light.power").code == 0


def test_a_site_with_errors_is_reported_on_standard_error(interlock: Interlock, tmp_path: Path) -> None:
    site = copy_flat(tmp_path, **{"type: scene": "type: scenes"})
    done = interlock("read", site, "hall_light.power")
    assert (done.code, done.out) == (1, "")
    assert "error: " in done.err
    assert done.err.endswith("1 error\n")


def test_more_detail_logs_the_requests_and_no_password(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("read", flat.site, "hall_light.power", "-vvv")
    assert "/api/v1/powerstatus" in done.err
    assert "correct-horse" not in done.err
