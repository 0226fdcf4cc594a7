"""Found devices as entries: names, comments, quoting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock import Found
from interlock.config.device_entries import DeviceEntry, device_entries, device_name, new_devices
from interlock.config.names import device_name_fault
from interlock.config.nodes import SourceFile, plain
from interlock.config.reader import parse_yaml
from support.site_files import HEADER, SiteFolder


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lobby", "lobby"),
        ("Küche Decke", "kueche_decke"),
        ("Straße/Größe", "strasse_groesse"),
        ("Café  Noël", "cafe_noel"),
        ("group 1/2/3", "group_1_2_3"),
        ("--a--", "a"),
        ("1st floor", "group_1st_floor"),
        ("and", "group_and"),
        ("now", "group_now"),
        ("Кухня", "group"),
        ("", "group"),
    ],
)
def test_a_name_is_as_near_to_the_text_as_expressions_allow(text: str, name: str) -> None:
    assert device_name(text, "group") == name


@given(st.text())
def test_every_text_gives_a_valid_name(text: str) -> None:
    assert device_name_fault(device_name(text, "knx-group")) == ""


def found(name: str, description: str = "", **settings: object) -> Found:
    return Found(name=name, type="group", settings=settings, description=description)  # type: ignore[arg-type]


def test_names_that_are_taken_get_a_number() -> None:
    entries = device_entries("bus", [found("a"), found("A"), found("a")], taken={"a_2"})
    assert [entry.name for entry in entries] == ["a", "a_3", "a_4"]


def test_an_entry_is_its_settings_in_braces_below_a_comment() -> None:
    [entry] = device_entries(
        "bus", [found("Lamp", "Ground floor /\n  Lamp", address="1/0/1", dpt="1.001", read=False)]
    )
    assert entry == DeviceEntry(
        "lamp",
        "{connection: bus, type: group, address: 1/0/1, dpt: '1.001', read: false}",
        "Ground floor / Lamp",
    )
    assert entry.lines("    ") == ["    # Ground floor / Lamp", f"    lamp: {entry.text}"]
    assert DeviceEntry("lamp", "{}").lines() == ["  lamp: {}"]


_TEXTS = st.text(st.characters(exclude_categories=["C"]))
_LISTS = st.lists(st.sampled_from(["a", "on", "1.5", "{", "#"]))
_NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
_SETTINGS = st.dictionaries(
    st.sampled_from(["address", "note", "tags"]), st.one_of(st.booleans(), _NUMBERS, _TEXTS, _LISTS)
)


@given(_TEXTS, _SETTINGS)
def test_what_is_written_is_read_as_the_same(description: str, settings: dict[str, object]) -> None:
    [entry] = device_entries("bus", [found("a", description, **settings)])
    problems: list = []  # type: ignore[type-arg]
    node = parse_yaml(SourceFile("site.yaml", "\n".join(entry.lines("")) + "\n"), problems)
    assert problems == []
    assert node is not None
    assert plain(node) == {"a": {"connection": "bus", "type": "group", **settings}}


def test_only_what_a_connection_does_not_have_yet_is_new(folder: SiteFolder) -> None:
    site = folder.sound(
        f"{HEADER}connections: {{bus: {{driver: fake}}, other: {{driver: fake}}}}\n"
        "devices:\n"
        "  a: {connection: bus, type: light, address: '1'}\n"
        "  b: {connection: other, type: light, address: '2'}\n"
    )
    each = [
        Found(name="known", type="light", settings={"address": "1"}),
        Found(name="elsewhere", type="light", settings={"address": "2"}),
        Found(name="another type", type="scene", settings={"address": "1"}),
        Found(name="unfit", type="light", settings={"adress": "1"}),
        Found(name="unknown type", type="lamp", settings={"address": "1"}),
    ]
    names = [new.name for new in new_devices(site, site.connections["bus"], each)]
    assert names == ["elsewhere", "another type", "unfit", "unknown type"]
