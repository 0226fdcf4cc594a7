"""The section ``plant``: what a technician writes, checked against what devices can do."""

from pathlib import Path

import pytest

from interlock.model import Point
from interlock.simulation.coupling import Plan, ZonePlan
from interlock.simulation.coupling.plan import Fabric, People, Stay, Thing, Tie
from interlock.simulation.coupling.roles import Role
from support.planned_site import planned

HEAD_LINES = 22
"""Lines of the site file before the section's first."""


def plan_of(folder: Path, plant: str) -> Plan:
    _, plan, findings = planned(folder, plant)
    assert findings == []
    return plan


def zone_of(folder: Path, zone: str) -> ZonePlan:
    return plan_of(folder, f"zones:\n  attic: {zone}").zones[0]


def test_a_zone_of_which_nothing_is_said_is_a_usual_room(tmp_path: Path) -> None:
    zone = zone_of(tmp_path, "")
    assert (zone.name, zone.fabric, zone.people) == ("attic", Fabric(), People())


def test_the_fabric_is_in_the_units_of_a_technician(tmp_path: Path) -> None:
    zone = zone_of(
        tmp_path,
        "{area: 30, height: 3, window: 5, facing: north-east, insulation: good, mass: heavy,"
        " air_changes: 0.7, starts_at: 18}",
    )
    assert zone.fabric == Fabric(
        area_m2=30,
        height_m=3,
        window_m2=5,
        facing_degrees=45,
        loss_w_per_m2_k=0.5,
        capacity_j_per_m2_k=260_000,
        air_changes_per_h=0.7,
        starts_c=18,
    )


@pytest.mark.parametrize(
    ("written", "degrees"),
    [("north", 0), ("east", 90), ("south", 180), ("west", 270), ("north-west", 315), ("200.5", 200.5)],
)
def test_windows_look_by_the_compass_or_in_degrees(tmp_path: Path, written: str, degrees: float) -> None:
    assert zone_of(tmp_path, f"{{facing: {written}}}").fabric.facing_degrees == degrees


@pytest.mark.parametrize(
    ("written", "loss"),
    [
        ("insulation: poor", 2.0),
        ("insulation: average", 1.0),
        ("insulation: passive", 0.25),
        ("losses: 60", 3.0),
    ],
)
def test_losses_are_said_by_the_insulation_or_in_watts_per_kelvin(
    tmp_path: Path, written: str, loss: float
) -> None:
    assert zone_of(tmp_path, f"{{area: 20, {written}}}").fabric.loss_w_per_m2_k == loss


def test_people_have_a_week_with_a_name(tmp_path: Path) -> None:
    zone = zone_of(tmp_path, "{people: 4, occupied: office, airing: false}")
    assert zone.people == People(number=4, week="office", airs=False)


def test_people_come_by_days_and_hours_and_stay_over_midnight(tmp_path: Path) -> None:
    zone = zone_of(tmp_path, '{occupied: {daily: [["22:00", "06:30"]], sunday: [["09:15", "24:00"]]}}')
    assert zone.people
    assert zone.people.week == ""
    assert zone.people.stays[:2] == (
        Stay(days=frozenset({0}), from_h=22, to_h=24),
        Stay(days=frozenset({1}), from_h=0, to_h=6.5),
    )
    assert zone.people.stays[-1] == Stay(days=frozenset({6}), from_h=9.25, to_h=24)
    assert len(zone.people.stays) == 13


def test_sensors_are_points_or_devices_that_have_one_of_the_kind(tmp_path: Path) -> None:
    zone = zone_of(
        tmp_path,
        "{temperature: [living_thermostat, bath_temperature.value], humidity: bath_humidity,"
        " presence: door.power, contact: [living_window]}",
    )
    assert zone.sensors == (
        Tie(Role.TEMPERATURE, Point("living_thermostat.actualtemp")),
        Tie(Role.TEMPERATURE, Point("bath_temperature.value")),
        Tie(Role.HUMIDITY, Point("bath_humidity.value")),
        Tie(Role.PRESENCE, Point("door.power")),
        Tie(Role.CONTACT, Point("living_window.power")),
    )


def test_a_device_is_taken_apart_by_the_names_of_its_points(tmp_path: Path) -> None:
    zone = zone_of(tmp_path, "{thermostat: living_thermostat, hvac: living_ac, blind: living_blind}")
    assert zone.things == (
        Thing(
            kind="thermostat",
            parts={
                Role.SETPOINT: Point("living_thermostat.setpoint"),
                Role.MODE: Point("living_thermostat.tempmode"),
            },
        ),
        Thing(
            kind="hvac",
            parts={
                Role.AC_POWER: Point("living_ac.hvacpower"),
                Role.AC_MODE: Point("living_ac.hvacmode"),
                Role.AC_SETPOINT: Point("living_ac.hvacsetpoint"),
                Role.AC_FAN: Point("living_ac.hvacfan"),
            },
        ),
        Thing(
            kind="blind",
            parts={
                Role.BLIND: Point("living_blind.heightlevel"),
                Role.SLATS: Point("living_blind.blindangle"),
            },
        ),
    )


def test_things_are_given_by_their_points_with_what_they_give_at_most(tmp_path: Path) -> None:
    zone = zone_of(
        tmp_path,
        "{thermostat: {setpoint: bath_setpoint.value, kind: floor, heating: 900},"
        " heating: [{point: bath_valve.value, power: 1200, kind: electric}, door.power],"
        " fan: {point: bath_fan.value, air: 80, power: 20}, lamp: living_lamp}",
    )
    assert zone.things == (
        Thing(
            kind="thermostat",
            parts={Role.SETPOINT: Point("bath_setpoint.value")},
            sizes={"heating": 900.0},
            make="floor",
        ),
        Thing(
            kind="heating",
            parts={Role.HEATING: Point("bath_valve.value")},
            sizes={"power": 1200.0},
            make="electric",
        ),
        Thing(kind="heating", parts={Role.HEATING: Point("door.power")}),
        Thing(kind="fan", parts={Role.FAN: Point("bath_fan.value")}, sizes={"air": 80.0, "power": 20.0}),
        Thing(kind="lamp", parts={Role.LAMP: Point("living_lamp.powerlevel")}),
    )


def test_a_part_goes_before_what_its_device_is_taken_for(tmp_path: Path) -> None:
    zone = zone_of(tmp_path, "{thermostat: {device: living_thermostat, setpoint: bath_setpoint.value}}")
    assert zone.things[0].parts[Role.SETPOINT] == "bath_setpoint.value"


def test_what_every_zone_has_need_not_be_said_again(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "every_zone: {area: 18, people: 1, occupied: hotel}\nzones:\n  attic: {area: 25}\n  cellar:",
    )
    assert [(zone.fabric.area_m2, zone.people) for zone in plan.zones[:2]] == [
        (25, People(number=1, week="hotel")),
        (18, People(number=1, week="hotel")),
    ]
    inferred = plan.zones[-1]
    assert (inferred.is_inferred, inferred.fabric.area_m2) == (True, 18)


def test_zones_are_made_for_each_row(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "zones:\n  room_{{ n }}: {for_each: [{n: 1, by: door.power}, {n: 2, by: living_window.power}],"
        ' contact: "{{ by }}"}',
    )
    assert [(zone.name, zone.sensors[0].point) for zone in plan.zones[:2]] == [
        ("room_1", "door.power"),
        ("room_2", "living_window.power"),
    ]


def test_zones_have_walls_between_them(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "zones:\n  attic: {neighbours: {cellar: 12}}\n  cellar:")
    assert dict(plan.zones[0].neighbours) == {"cellar": 12.0}


def test_weather_and_meters_are_shown_and_points_begin_with_values(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "outdoor: {temperature: outdoor, daylight: daylight.value}\nmeters: {power: meter}\n"
        "values: {living_ac.hvacmode: heating, bath_setpoint.value: 23}\nunit: fahrenheit",
    )
    assert plan.outdoors == (
        Tie(Role.OUTDOOR_TEMPERATURE, Point("outdoor.value")),
        Tie(Role.DAYLIGHT, Point("daylight.value")),
    )
    assert plan.meters == (Tie(Role.POWER, Point("meter.value")),)
    assert dict(plan.values) == {"living_ac.hvacmode": "heating", "bath_setpoint.value": 23.0}
    assert plan.unit == "fahrenheit"


def test_a_weather_file_lies_beside_the_site_file(tmp_path: Path) -> None:
    (tmp_path / "weather").mkdir()
    file = tmp_path / "weather" / "cold.csv"
    file.write_text(
        "time,temperature_c,global_w_per_m2\n"
        "2026-01-05T00:00Z,-5,0\n2026-01-05T01:00Z,-6,0\n2026-01-05T02:00Z,-7,0\n",
        encoding="utf-8",
    )
    assert plan_of(tmp_path, "weather: weather/cold.csv").weather.file == file
    assert plan_of(tmp_path, "weather: synthetic").weather.file is None


@pytest.mark.parametrize(
    ("plant", "column", "message", "hint"),
    [
        ("wether: synthetic", 3, "unknown key 'wether'", "did you mean 'weather'?"),
        ("weather: nowhere.epw", 12, "there is no weather file 'nowhere.epw'", "site file's folder"),
        ("weather: [1]", 12, "'weather' must be synthetic, or the path of an EPW or CSV file", ""),
        ("unit: kelvin", 9, "'unit' must be celsius or fahrenheit", ""),
        ("zones: {a: {area: 0}}", 21, "'area' must be more than 0", ""),
        ("zones: {a: {colour: red}}", 15, "unknown key 'colour'", "known here: area,"),
        ("zones: {a: {facing: sout}}", 23, "'sout' is no bearing; did you mean 'south'?", ""),
        ("zones: {a: {occupied: offce}}", 25, "no hours called 'offce'; did you mean 'office'?", ""),
        (
            "zones: {a: {occupied: {workdays: []}}}",
            25,
            "no days called 'workdays'; did you mean 'weekdays'?",
            "",
        ),
        ('zones: {a: {occupied: {daily: [["8", "9:00"]]}}}', 35, "'8' is no time of day", ""),
        ('zones: {a: {occupied: {daily: [["8:00", "8:00"]]}}}', 34, "it ends when it begins", ""),
        (
            "zones: {a: {temperature: livin_thermostat}}",
            28,
            "there is no device 'livin_thermostat'",
            "did you mean 'living_thermostat'?",
        ),
        (
            "zones: {a: {temperature: living_thermostat.actualtmp}}",
            28,
            "there is no point 'living_thermostat.actualtmp'",
            "did you mean 'living_thermostat.actualtemp'?",
        ),
        (
            "zones: {a: {temperature: living_ac.hvacmode}}",
            28,
            "'living_ac.hvacmode' cannot be a room temperature: it must hold an integer or number",
            "",
        ),
        (
            "zones: {a: {temperature: bath_humidity.value}}",
            28,
            "'bath_humidity.value' cannot be a room temperature: it counts in %, and this takes °C or °F",
            "",
        ),
        (
            "zones: {a: {temperature: evening}}",
            28,
            "device 'evening' has no point that is a room temperature",
            "device.controller",
        ),
        (
            "zones: {a: {presence: away.value}}",
            25,
            "'away.value' is kept by the site itself: no building can act on it",
            "",
        ),
        (
            "zones: {a: {presence: away}}",
            25,
            "'away' is kept by the site itself: no building can act on it",
            "",
        ),
        ("zones: {a: {presence: door, contact: door}}", 40, "'door.power' shows something already, at ", ""),
        (
            "zones: {a: {hvac: evening}}",
            21,
            "device 'evening' has no point that is the power of an air conditioner",
            "",
        ),
        (
            "zones: {a: {heating: evening.scenelaunch}}",
            24,
            "'evening.scenelaunch' cannot be a valve or relay of a heating",
            "",
        ),
        ("zones: {a: {heating: {power: 5}}}", 24, "'heating' needs 'point'", "the valve"),
        ("zones: {a: {blind: {}}}", 22, "'blind' names no point: give a device, or position or slats", ""),
        ("zones: {a: {neighbours: {b: 3}}}", 28, "there is no zone 'b'", "zones are a"),
        (
            "zones: {attic: {}, cellar: {neighbours: {atic: 3}}}",
            44,
            "there is no zone 'atic'",
            "did you mean 'attic'?",
        ),
        ("outdoor: {wnd: outdoor}", 13, "unknown key 'wnd'", "did you mean 'wind'?"),
        ("outdoor: {rain: outdoor.value}", 19, "'outdoor.value' cannot be rain: it counts in °C", ""),
        ("meters: {power: outdoor.value}", 19, "'outdoor.value' cannot be an electric power", ""),
        ("values: {living_ac.hvacmode: boil}", 32, "hvacmode cannot be 'boil'", ""),
        ("values: {dor.power: on}", 12, "there is no point 'dor.power'", "did you mean 'door.power'?"),
        ("every_zone: {area: many}", 22, "'area' must be a number", ""),
        ("every_zone: {temperature: outdoor}", 16, "unknown key 'temperature'", ""),
        ("zones: [a]", 10, "'zones' must be a mapping of keys and values", ""),
    ],
)
def test_each_error_is_told_where_it_stands(
    tmp_path: Path, plant: str, column: int, message: str, hint: str
) -> None:
    _, _, [finding] = planned(tmp_path, plant)
    assert message in finding.message
    assert hint in finding.hint
    assert (finding.line, finding.column) == (HEAD_LINES + 1, column)


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    _, _, findings = planned(
        tmp_path,
        "weather: nowhere.csv\nzones:\n  attic: {area: wide, temperature: nobody}\noutdoor: {wind: door}",
    )
    assert sorted(finding.line - HEAD_LINES for finding in findings) == [1, 3, 3, 4]


def test_a_zone_that_stands_twice_is_told(tmp_path: Path) -> None:
    _, _, [finding] = planned(tmp_path, "zones:\n  r_{{ n }}: {for_each: [{n: 1}, {n: 1}]}")
    assert "zone 'r_1' stands here twice, first for n = 1 at " in finding.message


def test_a_broken_weather_file_is_told_at_its_name(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("nothing\n", encoding="utf-8")
    _, _, [finding] = planned(tmp_path, "weather: bad.csv")
    assert finding.column == 12
    assert "bad.csv" in finding.message
