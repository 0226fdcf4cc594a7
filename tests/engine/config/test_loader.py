"""Whole sites: what a sound one holds, and everything that can be wrong, all at once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.config.expectations import join_or
from interlock.config.loader import _INCLUDED_KEYS, load_site
from interlock.config.nodes import plain
from interlock.config.site import Connection
from interlock.driver import Device
from interlock.hookspecs import EventKind
from interlock.model import Point
from interlock.plugins import LoadedEventKind, PluginSource
from interlock.public_holidays import HolidayCalendar
from interlock.sun import Place
from support.fake_driver import FakeDeviceSettings, FakeDriver, FakeSettings
from support.site_files import HEADER, SiteFolder, told

NO_ANCHOR = "this alias names no anchor before it | put the text in quotes"

INCLUDED = join_or(_INCLUDED_KEYS)

HOUSE = f"""\
{HEADER}connections:
  house: {{driver: fake, poll: 2s}}
devices:
  lamp: {{connection: house, type: light, address: a1}}
  dial: {{connection: house, type: thermostat, address: a2, controllers: [actualtemp]}}
"""


def test_a_sound_site_holds_what_its_file_says(folder: SiteFolder) -> None:
    site = folder.sound(HOUSE + "rules: [{id: a}, {id: b}]\n")
    house = Connection(
        name="house",
        driver=FakeDriver,
        settings=FakeSettings(poll=timedelta(seconds=2)),
        timezone=ZoneInfo("Europe/Rome"),
    )
    lamp = Device(name="lamp", connection="house", type="light", settings=FakeDeviceSettings(address="a1"))
    dial_settings = FakeDeviceSettings(address="a2", controllers=("actualtemp",))
    dial = Device(name="dial", connection="house", type="thermostat", settings=dial_settings)
    assert (site.name, site.path, site.timezone) == ("House", Path("site.yaml"), ZoneInfo("Europe/Rome"))
    assert site.location is None
    assert site.connections == {"house": house}
    assert site.devices == {"lamp": lamp, "dial": dial}
    assert site.declared_devices == {"lamp", "dial"}
    assert [plain(rule) for rule in site.rules] == [{"id": "a"}, {"id": "b"}]
    assert (site.watch, site.warnings) == ((), ())


def test_the_points_of_a_site_are_its_devices_controllers(folder: SiteFolder) -> None:
    site = folder.sound(HOUSE)
    assert list(site.targets) == ["lamp.power", "lamp.powerlevel", "dial.actualtemp"]
    target = site.targets[Point("dial.actualtemp")]
    assert (target.point, target.device) == ("dial.actualtemp", site.devices["dial"])
    assert target.capability.unit == "°C"


def test_a_site_needs_neither_connections_nor_devices_nor_rules(folder: SiteFolder) -> None:
    site = folder.sound(HEADER + "connections:\ndevices: {}\nrules:\nwatch:\ninclude:\n")
    assert (site.connections, site.devices, site.targets, site.rules) == ({}, {}, {}, ())


def test_a_location_is_taken_in_degrees(folder: SiteFolder) -> None:
    site = folder.sound("site: {name: x, timezone: UTC, location: {latitude: -45.5, longitude: 9}}")
    assert site.location == Place(latitude=-45.5, longitude=9.0)


@pytest.mark.parametrize(
    ("code", "calendar"),
    [
        ("IT", HolidayCalendar("IT")),
        ("de-BY", HolidayCalendar("DE", "BY")),
        ("IT-MI", HolidayCalendar("IT", "MI")),
        ("it-mi", HolidayCalendar("IT", "MI")),
        ("IT-23", HolidayCalendar("IT", "AO")),
    ],
)
def test_a_site_says_whose_holidays_count(folder: SiteFolder, code: str, calendar: HolidayCalendar) -> None:
    assert folder.sound(f"site: {{name: x, timezone: UTC, holidays: {code}}}").holidays == calendar


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("DE-BYX", "did you mean 'DE-BY'?"),
        ("IT-32", "write a part of it: IT-BZ or IT-TN"),
        ("IT-99", "known here: IT-AG, IT-AL, IT-AN, IT-AO, IT-AP, IT-AQ, IT-AR, IT-AT, IT-AV, IT-BA, IT-BG, "
                  "IT-BI, IT-BL, IT-BN, IT-BO, IT-BR, …"),
        ("NL-13", "known here: NL-Midden, NL-Noord, NL-Zuid"),
        ("SE-AB", "write SE alone: it has no regions here"),
    ],
)  # fmt: skip
def test_a_region_without_holidays_of_its_own_is_a_warning(folder: SiteFolder, code: str, hint: str) -> None:
    assert folder.findings(f"site: {{name: x, timezone: UTC, holidays: {code}}}") == [
        f"site.yaml:1:42+{len(code)}: warning: no holidays are known of '{code}' itself: "
        f"those of all of {code[:2]} count | {hint}"
    ]


@pytest.mark.parametrize(("initial", "waits"), [("fire", False), ("wait", True)])
def test_a_site_says_what_counts_as_a_rise_at_first(folder: SiteFolder, initial: str, waits: bool) -> None:
    site = folder.sound(f"site: {{name: x, timezone: UTC, initial: {initial}}}")
    assert site.waits_at_first is waits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1+1: error: the file is empty: it needs the key 'site'"]),
        ("# x\n", ["1:1+1: error: the file is empty: it needs the key 'site'"]),
        ("- x", ["1:1+3: error: the file is no mapping of keys and values: it needs the key 'site'"]),
        ("hello", ["1:1+5: error: the file is no mapping of keys and values: it needs the key 'site'"]),
        ("a: b: c", ["1:5+1: error: no key can stand here | indent it like its neighbours; "
                     "a text that holds ': ' needs quotes"]),
    ],
)  # fmt: skip
def test_a_file_that_is_no_mapping_gives_no_site(folder: SiteFolder, text: str, expected: list[str]) -> None:
    site, findings = folder.load(text)
    assert site is None
    assert [told(finding).removeprefix("site.yaml:") for finding in findings] == expected


def test_a_missing_site_file_is_a_finding(folder: SiteFolder) -> None:
    site, findings = load_site(Path("sub/site.yaml"), folder.registry, {})
    assert site is None
    assert [told(finding) for finding in findings] == [
        "sub/site.yaml:1:1+1: error: the file cannot be read: there is no such file"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("devices: {}", ["1:1+11: error: the file needs the key 'site' | it holds name and timezone"]),
        (HEADER + "devises: {}", ["2:1+7: error: unknown key 'devises' | did you mean 'devices'?"]),
        ("site:", ["1:6+1: error: 'site' must be a mapping of keys and values"]),
        ("site: {timezone: UTC}", ["1:7+15: error: 'site' needs 'name' | what people call the site"]),
        ("site: {name: '', timezone: UTC}", ["1:14+2: error: 'name' must be a text, not an empty one"]),
        ("site: {name: x}", ["1:7+9: error: 'site' needs 'timezone' | its IANA name, such as Europe/Rome"]),
        ("site: {name: x, timezone: Europe/Roma}", [
            "1:27+11: error: 'timezone': there is no time zone 'Europe/Roma'; did you mean 'Europe/Rome'?"]),
        ("site: {name: x, timezone: Mars}", [
            "1:27+4: error: 'timezone': there is no time zone 'Mars'; "
            "write an IANA name, such as Europe/Rome"]),
        ("site: {name: x, timezone: UTC, holidays: XQ-25}", [
            "1:42+5: error: 'holidays': no public holidays are known of 'XQ-25'; "
            "write a country's code, such as IT or DE-BY"]),
        ("site: {name: x, timezone: ../UTC}", [
            "1:27+6: error: 'timezone': there is no time zone '../UTC'; did you mean 'UTC'?"]),
        ("site: {name: x, timezone: UTC, location: {latitude: 90.1, longitude: -180.1}}", [
            "1:53+4: error: 'latitude' must be at most 90",
            "1:70+6: error: 'longitude' must be at least -180"]),
        ("site: {name: x, timezone: UTC, location: {latitude: -90.1, longitude: 180.1}}", [
            "1:53+5: error: 'latitude' must be at least -90",
            "1:71+5: error: 'longitude' must be at most 180"]),
        (HEADER + "rules: {}", ["2:8+2: error: rules must be a list | begin each item with '- '"]),
        (HEADER + "devices: [a]", ["2:10+3: error: devices must be a mapping of keys and values "
            "| write a name and a colon in place of each '- '"]),
        (HEADER + "connections: 3", ["2:14+1: error: connections must be a mapping of keys and values"]),
        (HEADER + "watch: lamp", ["2:8+4: error: watch must be a list"]),
        (HEADER + "watch: [3, [a], '']", [
            "2:9+1: error: each item of watch must be a text",
            "2:12+3: error: each item of watch must be a text",
            "2:17+2: error: each item of watch must be a text"]),
        (HEADER + "watch: [*a]", [f"2:9+2: error: {NO_ANCHOR}"]),
        (HEADER + "devices: *a", [f"2:10+2: error: {NO_ANCHOR}"]),
    ],
)  # fmt: skip
def test_a_faulty_file_still_gives_a_site(folder: SiteFolder, text: str, expected: list[str]) -> None:
    site, findings = folder.load(text)
    assert site is not None
    assert [told(finding).removeprefix("site.yaml:") for finding in findings] == expected


def test_a_faulty_header_leaves_the_rest(folder: SiteFolder) -> None:
    site, _ = folder.load(HOUSE.replace("Rome", "Roma"))
    assert site is not None
    assert (site.name, site.timezone) == ("", ZoneInfo("UTC"))
    assert list(site.devices) == ["lamp", "dial"]


def test_everything_that_is_wrong_is_told_at_once_in_order(folder: SiteFolder) -> None:
    text = (
        "site: {}\nconnections: {a: {driver: x}}\ndevices: {1: {}, b: {}}\nwatch: [c]\ninclude: [d]\nzzz: 1\n"
    )
    places = [finding.split(": ")[0] for finding in folder.findings(text)]
    assert places == [
        f"site.yaml:{place}"
        for place in (
            *("1:7+2", "1:7+2", "2:27+1", "3:11+1", "3:21+2"),
            *("4:9+1", "5:11+1", "6:1+3"),
        )
    ]


def test_the_sites_warnings_are_those_of_its_files(folder: SiteFolder) -> None:
    site, findings = folder.load(HOUSE + "include: [rules/*.yaml]\nwatch: [x]\n")
    assert site is not None
    assert [warning.message for warning in site.warnings] == ["no file matches 'rules/*.yaml'"]
    assert len(findings) == 2


def test_rules_of_included_files_follow_the_sites_own(folder: SiteFolder) -> None:
    folder.write("rules/b.yaml", "rules: [{id: b}]")
    folder.write("rules/a.yaml", "rules: [{id: a}]")
    site = folder.sound(HEADER + "include: [rules/*.yaml]\nrules: [{id: own}]\n")
    assert [plain(rule) for rule in site.rules] == [{"id": "own"}, {"id": "a"}, {"id": "b"}]
    assert [rule.mark.source.name for rule in site.rules] == ["site.yaml", "rules/a.yaml", "rules/b.yaml"]


def test_what_is_wrong_with_an_included_file_is_told_there(folder: SiteFolder) -> None:
    folder.write("a.yaml", "rules: [{id: a}]\nconnections: {}\n")
    folder.write("b.yaml", "rules: 3\n")
    folder.write("c.yaml", "[]\n")
    folder.write("d.yaml", "a: b: c\n")
    folder.write("e.yaml", "# nothing yet\n")
    folder.write("f.yaml", "rules:\ndevises: {}\n")
    site, findings = folder.load(HEADER + "include: [a.yaml, b.yaml, c.yaml, d.yaml, e.yaml, f.yaml]\n")
    assert site is not None
    assert [plain(rule) for rule in site.rules] == [{"id": "a"}]
    assert [told(finding) for finding in findings] == [
        "a.yaml:2:1+11: error: 'connections' can stand in the site file only "
        f"| included files may hold {INCLUDED}",
        "b.yaml:1:8+1: error: rules must be a list",
        "c.yaml:1:1+2: error: an included file must be a mapping of keys and values"
        " | write a name and a colon in place of each '- '",
        "d.yaml:1:5+1: error: no key can stand here | "
        "indent it like its neighbours; a text that holds ': ' needs quotes",
        f"e.yaml:1:1+1: warning: the file is empty: it may hold {INCLUDED}",
        "f.yaml:2:1+7: error: unknown key 'devises' | did you mean 'devices'?",
    ]


def test_devices_groups_and_schedules_may_stand_in_included_files(folder: SiteFolder) -> None:
    folder.write("one.yaml", "devices: {bell: {type: flag}}\ngroups: {calm: [bell, lamp]}\n")
    folder.write("two.yaml", "schedules: {office: {daily: []}}\ngroups: {loud: [calm, horn]}\n")
    folder.write("three.yaml", "devices:\n  horn: {type: flag}\n")
    site = folder.sound(HOUSE + "include: [one.yaml, two.yaml, three.yaml]\nwatch: [horn]\n")
    assert list(site.devices) == ["lamp", "dial", "bell", "horn", "office"]
    assert site.groups == {"calm": ("bell", "lamp"), "loud": ("bell", "lamp", "horn")}
    assert {name: mark.place for name, mark in site.device_marks.items()} == {
        "office": "two.yaml:1:13",
        "lamp": "site.yaml:5:3",
        "dial": "site.yaml:6:3",
        "bell": "one.yaml:1:11",
        "horn": "three.yaml:2:3",
    }


def test_a_name_in_two_files_is_an_error_that_names_both_places(folder: SiteFolder) -> None:
    folder.write("a.yaml", "devices: {bell: {type: flag}}\nschedules: {bell: {daily: []}}\n")
    folder.write("b.yaml", "devices: {bell: {type: text}}\ngroups: {g: [bell]}\n")
    folder.write("c.yaml", "groups: {g: [bell], bell: [lamp]}\nschedules: {open: {daily: []}}\n")
    folder.write("d.yaml", "schedules: {open: {daily: []}}\n")
    site, findings = folder.load(HOUSE + "include: [a.yaml, b.yaml, c.yaml, d.yaml]\n")
    assert site is not None
    assert site.devices["bell"].type == "flag"
    assert [told(finding) for finding in findings] == [
        "a.yaml:2:13+4: error: 'bell' names the device at a.yaml:1:11 already: "
        "give the schedule another name",
        "b.yaml:1:11+4: error: device 'bell' is given twice: first at a.yaml:1:11",
        "c.yaml:1:10+1: error: group 'g' is given twice: first at b.yaml:2:10",
        "c.yaml:1:21+4: error: 'bell' names the device at a.yaml:1:11 already: give the group another name",
        "d.yaml:1:13+4: error: schedule 'open' is given twice: first at c.yaml:2:13",
    ]


def test_a_section_that_is_no_mapping_in_one_file_leaves_the_others(folder: SiteFolder) -> None:
    folder.write("a.yaml", "devices: [bell]\n")
    folder.write("b.yaml", "devices:\n")
    folder.write("c.yaml", "devices: {horn: {type: flag}}\n")
    site, findings = folder.load(HOUSE + "include: [a.yaml, b.yaml, c.yaml]\n")
    assert site is not None
    assert list(site.devices) == ["lamp", "dial", "horn"]
    assert [told(each) for each in findings] == [
        "a.yaml:1:10+6: error: devices must be a mapping of keys and values"
        " | write a name and a colon in place of each '- '"
    ]


def test_what_is_wrong_with_a_device_is_told_in_its_own_file(folder: SiteFolder) -> None:
    folder.write("floors/one.yaml", "devices:\n  lamp_1: {connection: house, type: lihgt, address: x}\n")
    assert folder.findings(HOUSE + "include: [floors/*.yaml]\n") == [
        "floors/one.yaml:2:37+5: error: driver 'fake' has no device type 'lihgt' | did you mean 'light'?"
    ]


def test_without_rules_a_file_counts_where_it_holds_devices(folder: SiteFolder) -> None:
    folder.write("a.yaml", "rules: 3\n")
    folder.write("b.yaml", "devices: {bell: {type: flag}}\nrulez: []\n")
    path = folder.write("site.yaml", HEADER + "include: [a.yaml, b.yaml]\nrules: 3\n")
    site, findings = load_site(path, folder.registry, {}, with_rules=False)
    assert site is not None
    assert (list(site.devices), site.rules) == (["bell"], ())
    assert [told(each) for each in findings] == [
        "b.yaml:2:1+5: error: unknown key 'rulez' | did you mean 'rules'?"
    ]


def test_files_are_named_as_the_user_named_the_site(folder: SiteFolder) -> None:
    folder.write("house/rules/a.yaml", "rules: [*a]")
    folder.write("house/site.yaml", HEADER + "include: [rules/*]\nrules: [!secret x]\n")
    _, findings = load_site(Path("house/site.yaml"), folder.registry, {})
    assert [finding.file for finding in findings] == ["house/rules/a.yaml", "house/site.yaml"]
    assert findings[1].message == "there is no house/secrets.yaml, which !secret reads"


def test_secrets_and_variables_serve_in_every_file(folder: SiteFolder) -> None:
    folder.environ = {"ID": "from outside"}
    folder.write("secrets.yaml", "id: hidden\n")
    folder.write("a.yaml", "rules: [!secret id, !env ID]")
    site = folder.sound(HEADER + "include: [a.yaml]")
    assert [plain(rule) for rule in site.rules] == ["hidden", "from outside"]


FRAGMENTS = st.sampled_from(
    [
        *("site:", "connections:", "devices:", "watch:", "include:", "rules:", "name: x", "timezone: UTC"),
        *("driver: fake", "connection: a", "type: light", "address: b", "a:", "b: {", "}", "[", "]"),
        *("- ", "\n", "\n  ", "\n    ", ", ", ": ", "*a", "&a ", "!secret a", "!env B", "'", '"\\0"', "a.*"),
        *("null", "3", "a.power", "<<: ", "controllers: [power]", "poll: 0"),
    ]
)


@given(st.lists(FRAGMENTS, max_size=25))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_site_file_breaks_the_loading(folder: SiteFolder, parts: list[str]) -> None:
    site, findings = folder.load("".join(parts))
    assert site is not None or findings


def test_a_site_knows_the_kinds_of_events_that_plugins_declare(folder: SiteFolder) -> None:
    kind = EventKind(name="telegram", description="a telegram", check=str)
    source = PluginSource("bus", "fakes")
    folder.registry = replace(folder.registry, event_kinds={"telegram": LoadedEventKind(kind, source)})
    assert folder.sound(HEADER).event_kinds == {"telegram": kind}


def test_a_template_without_quotes_is_one_finding(folder: SiteFolder) -> None:
    assert folder.findings(HEADER + "devices:\n  a: {type: number, initial: {{ b }}}\n") == [
        "site.yaml:3:31+5: error: a template is no key or mapping | put it in quotes: '{{ … }}'"
    ]
