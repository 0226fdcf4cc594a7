"""The recipes in which several want something of one point, played in virtual time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from interlock.service.loading import load
from support.example_house import DEAD, Played, Values, play_site

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "recipes.md"
FILES = dict(
    re.findall(
        r'^```yaml title="([^"]+)"\n(.*?)^```$', PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
)


Timeline = dict[str, Values | str]


def played(  # noqa: PLR0917 - a story is told in order
    folder: Path, recipe: str, start: str, timeline: Timeline, until: str, given: Values
) -> Played:
    """Play one recipe on the page's site."""
    (folder / "rules").mkdir()
    for name in ("site.yaml", f"rules/{recipe}.yaml"):
        (folder / name).write_text(FILES[name], encoding="utf-8")
    return play_site(load(folder, environ={}), start, timeline, given=given, until=until)


def test_the_chiller_rests_and_runs_for_its_least_times(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        "chiller",
        "2026-07-14T12:00",
        {
            "12:05": {"flow.value": 13.0},
            "12:20": {"flow.value": 6.0},
            "12:30": {"flow.value": 13.0},
        },
        "12:50",
        {"flow.value": 10.0, "chiller.power": False},
    )
    assert found.sent == [
        "12:15:00 chiller.power = on",
        "12:25:00 chiller.power = off",
        "12:40:00 chiller.power = on",
    ]


def test_a_wish_that_ended_before_the_rest_was_over_is_not_carried_out(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        "chiller",
        "2026-07-14T12:00",
        {"12:05": {"flow.value": 13.0}, "12:10": {"flow.value": 6.0}},
        "12:30",
        {"flow.value": 10.0, "chiller.power": False},
    )
    assert found.sent == []


ROOMS: Values = {
    "*thermostat.actualtemp": 19.0,
    "*thermostat.setpoint": 17.0,
    "window.power": False,
    "ac.hvacpower": False,
}


def setpoints_of_the_bedroom(folder: Path, start: str, end: str, timeline: Timeline) -> list[str]:
    found = played(folder, "holidays", start, timeline, end, ROOMS)
    return [line for line in found.came if "bed_thermostat" in line]


def test_frost_goes_before_the_holidays_and_those_before_the_hours(tmp_path: Path) -> None:
    # The 25th of December is a Friday and a holiday.
    timeline: Timeline = {
        "2026-12-25T00:10": {"bed_thermostat.actualtemp": 5.5},
        "2026-12-25T00:20": {"bed_thermostat.actualtemp": 8.5},
    }
    found = setpoints_of_the_bedroom(tmp_path, "2026-12-24T23:50", "2026-12-25T00:30", timeline)
    assert found == [
        "2026-12-25T00:00:00 bed_thermostat.setpoint = 12",
        "2026-12-25T00:10:00 bed_thermostat.setpoint = 18",
        "2026-12-25T00:20:00 bed_thermostat.setpoint = 12",
    ]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2026-12-24T17:55", "2026-12-24T18:05", ["17:55:00 … 21", "18:00:00 … 17"]),
        ("2026-12-26T23:55", "2026-12-27T00:05", ["23:55:00 … 12", "2026-12-27T00:00:00 … 17"]),
        ("2026-12-28T07:25", "2026-12-28T07:35", ["07:30:00 … 21"]),
    ],
    ids=["the evening before", "the end of the holidays", "the Monday after"],
)
def test_the_hours_count_again_after_the_holidays(
    tmp_path: Path, start: str, end: str, found: list[str]
) -> None:
    lines = setpoints_of_the_bedroom(tmp_path, start, end, {})
    assert lines == [line.replace("…", "bed_thermostat.setpoint =") for line in found]


def test_an_open_window_goes_before_comfort_and_before_a_hand(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        "contact",
        "2026-07-14T09:00",
        {
            "09:10": {"window.power": True},
            "09:15": {"thermostat.setpoint": 24.0},
            "09:30": {"window.power": False},
        },
        "09:40",
        ROOMS,
    )
    assert [line for line in found.sent if "setpoint" in line] == [
        "09:00:00 thermostat.setpoint = 21",
        "09:12:00 thermostat.setpoint = 12",
        "09:15:00 thermostat.setpoint = 12",
        "09:30:00 thermostat.setpoint = 24",
    ]


def test_a_dead_contact_releases_the_heating(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        "contact",
        "2026-07-14T09:00",
        {"09:10": {"window.power": True}, "09:20": {"window.power": DEAD}},
        "09:40",
        ROOMS,
    )
    assert [line.partition(" ")[2] for line in found.sent] == [
        "thermostat.setpoint = 21",
        "thermostat.setpoint = 12",
        "thermostat.setpoint = 21",
    ]


def test_nobody_cools_the_street(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        "contact",
        "2026-07-18T09:00",
        {
            "09:10": {"window.power": True},
            "09:20": {"ac.hvacpower": True},
            "09:30": {"window.power": False},
        },
        "09:40",
        {**ROOMS, "ac.hvacpower": True},
    )
    assert [line for line in found.sent if "ac" in line] == [
        "09:10:00 ac.hvacpower = off",
        "09:20:00 ac.hvacpower = off",
        # Who switched it on by hand has it for two hours, as soon as that is allowed.
        "09:30:00 ac.hvacpower = on",
    ]


def test_a_hand_has_its_light_for_two_hours_against_the_central_switch(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        "central-off",
        "2026-07-14T18:00",
        {"18:05": {"all_off.value": True}, "18:30": {"lamp.power": True}},
        "21:00",
        {"hall_light.power": True, "garden_light.power": False, "lamp.power": True, "lamp.powerlevel": 40},
    )
    assert found.sent == [
        "18:05:00 hall_light.power = off",
        "18:05:00 lamp.power = off",
        "20:30:00 lamp.power = off",
    ]


def test_loads_are_shed_one_after_the_other_and_come_back(tmp_path: Path) -> None:
    found = played(
        tmp_path,
        "shed",
        "2026-01-14T18:00",
        {"18:10": {"demand.value": 25.0}, "18:14": {"demand.value": 18.0}, "18:20": {"demand.value": 12.0}},
        "18:40",
        {"demand.value": 10.0, "pool.power": True, "sauna.power": True, "car.power": True},
    )
    assert found.sent == [
        "18:11:00 pool.power = off",
        "18:13:00 sauna.power = off",
        "18:30:00 pool.power = on",
        "18:30:00 sauna.power = on",
    ]


@pytest.mark.parametrize(
    ("outdoor", "expected"),
    [
        (20.0, ["11:00:00 circulator.power = on", "11:02:00 circulator.power = off"]),
        (5.0, ["10:50:00 circulator.power = on"]),
    ],
)
def test_the_pump_is_exercised_and_does_then_what_it_did(
    tmp_path: Path, outdoor: float, expected: list[str]
) -> None:
    # A Wednesday.
    found = played(
        tmp_path,
        "exercise",
        "2026-07-15T10:50",
        {},
        "11:10",
        {"outdoor.value": outdoor, "circulator.power": False},
    )
    assert found.sent == expected
