"""Devices added to site files: where they go, and that nothing else changes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from interlock import Found
from interlock.config.append import append_devices, file_for
from interlock.errors import ConfigurationError
from support.site_files import HEADER, SiteFolder, told

LAMP = Found(name="Lamp", type="group", settings={"address": "1/0/1"}, description="hall")
ROOM = Found(name="Room", type="group", settings={"address": "2/0/1"})
LAMP_LINES = "  # hall\n  lamp: {connection: bus, type: group, address: 1/0/1}\n"
ROOM_LINES = "  room: {connection: bus, type: group, address: 2/0/1}\n"


def appended(path: Path, text: str, *found: Found) -> str:
    path.write_bytes(text.encode())
    append_devices(path, "bus", found or (LAMP,))
    return path.read_bytes().decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.yaml"


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("devices:\n  a: {x: 1}  # one\n", ""),
        ("devices:\n  a:\n    x: 1\n    # more of a\n", ""),
        ("devices:\n  a: {x: 1}\n", "\n# the rules\nrules: []\n"),
        ("devices:\n  a: {x: 1}\n", "rules: []\n"),
        ("site: {name: !secret x}\ndevices:\n  a: {x: !env Y}\n", "\n\n\n"),
        ("devices:\n", "rules: []\n"),
        ("devices:  # nothing yet\n", "\n# the rules\nrules: []\n"),
        ("rules:\n- 'a'\n-   b\n\n\ndevices:\n", ""),
        ("devices:\n  a: |\n    text\n\n    more\n", "\nrules: []\n"),
        ("rules: []\n\ndevices:\n", ""),
        ("", ""),
    ][:-1],
)
def test_devices_go_to_the_end_of_their_section_and_nothing_else_moves(
    path: Path, before: str, behind: str
) -> None:
    assert appended(path, before + behind) == before + LAMP_LINES + behind


def test_several_devices_stand_in_their_order(path: Path) -> None:
    text = appended(path, "devices:\n", LAMP, ROOM)
    assert text == "devices:\n" + LAMP_LINES + ROOM_LINES


def test_they_are_indented_as_the_others(path: Path) -> None:
    text = appended(path, "devices:\n    a: {x: 1}\n", ROOM)
    assert text == "devices:\n    a: {x: 1}\n  " + ROOM_LINES


def test_a_file_without_devices_gets_the_section(path: Path) -> None:
    assert appended(path, "rules: []\n") == "rules: []\n\ndevices:\n" + LAMP_LINES


@pytest.mark.parametrize("text", ["rules: []", "devices:\n  a: {x: 1}", "devices:"])
def test_a_last_line_without_an_end_gets_one(path: Path, text: str) -> None:
    middle = "\n\ndevices:\n" if text == "rules: []" else "\n"
    assert appended(path, text) == text + middle + LAMP_LINES


def test_line_ends_and_a_byte_order_mark_stay(path: Path) -> None:
    text = "\ufeffdevices:\r\n  a: {x: 1}\r\nrules: []\r\n"
    lines = LAMP_LINES.replace("\n", "\r\n")
    assert appended(path, text) == f"\ufeffdevices:\r\n  a: {{x: 1}}\r\n{lines}rules: []\r\n"


def test_names_of_devices_and_groups_are_taken(path: Path) -> None:
    path.write_text("devices:\n  lamp: {x: 1}\ngroups: {lamp_2: [lamp]}\n", encoding="utf-8")
    assert append_devices(path, "bus", [LAMP, LAMP]) == ["lamp_3", "lamp_4"]


def test_names_of_schedules_and_of_other_files_are_taken(path: Path) -> None:
    path.write_text("schedules: {lamp: {daily: []}}\n", encoding="utf-8")
    assert append_devices(path, "bus", [LAMP, LAMP], ["lamp_2"]) == ["lamp_3", "lamp_4"]


def test_devices_go_to_the_file_where_the_last_of_their_connection_stands(folder: SiteFolder) -> None:
    folder.write("one.yaml", "devices: {a: {connection: bus, type: light, address: a}}\n")
    folder.write("two.yaml", "devices: {b: {connection: bus, type: light, address: b}}\n")
    folder.write("three.yaml", "devices: {c: {type: flag}}\n")
    site = folder.sound(
        HEADER + "connections: {bus: {driver: fake}, house: {driver: fake}}\n"
        "devices: {d: {connection: bus, type: light, address: d}}\n"
        "include: [one.yaml, two.yaml, three.yaml]\n"
    )
    assert file_for(site, "bus") == Path("two.yaml")
    assert file_for(site, "house") == Path("site.yaml")


def test_nothing_to_add_leaves_the_file_alone(path: Path) -> None:
    path.write_text("devices: {a: {x: 1}}\n", encoding="utf-8")
    before = path.stat()
    assert append_devices(path, "bus", []) == []
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_the_file_keeps_its_permissions_and_its_place(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text("devices:\n", encoding="utf-8")
    real.chmod(0o640)
    path.symlink_to(real)
    append_devices(path, "bus", [ROOM])
    assert path.is_symlink()
    assert real.read_text(encoding="utf-8") == "devices:\n" + ROOM_LINES
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["real.yaml", "site.yaml"]


NOT_BELOW = "devices can only be added where they stand one below the other, without braces"
NOT_SAFE = "devices cannot be added to this file safely: add them by hand"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("devices: {}\n", f"1:1+7: error: {NOT_BELOW}"),
        ("devices: {a: {x: 1}}\n", f"1:1+7: error: {NOT_BELOW}"),
        ("devices:\n  {a: {x: 1}, b: {x: 1}}\n", f"1:1+7: error: {NOT_BELOW}"),
        ("devices: [a]\n", f"1:1+7: error: {NOT_BELOW}"),
        ("devices: none\n", f"1:1+7: error: {NOT_BELOW}"),
        ("devices:\n  {a: {x: 1}}\n", f"1:1+7: error: {NOT_SAFE}"),
        ("devices:\n  a: {x: 1}\n...\n", f"1:1+7: error: {NOT_SAFE}"),
        ("{rules: []}\n", f"1:1+11: error: {NOT_SAFE}"),
        ("- a\n", "1:1+1: error: the file is no mapping of keys and values"),
        ("devices: [\n", "2:1+1: error: "),
    ],
)
def test_what_cannot_be_added_to_safely_is_left_alone(path: Path, text: str, finding: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        append_devices(path, "bus", [LAMP])
    [diagnostic] = caught.value.diagnostics
    assert told(diagnostic).removeprefix(f"{path}:").startswith(finding)
    assert path.read_text(encoding="utf-8") == text


def test_a_missing_file_is_a_finding(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        append_devices(path, "bus", [LAMP])
