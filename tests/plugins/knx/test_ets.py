"""Group addresses from ETS projects."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from interlock import Found, ImportFailed
from interlock.plugins import load_plugins
from interlock_knx.ets import EtsImporter
from support.ets_project import write_project


def test_the_installed_plugin_brings_the_importer() -> None:
    assert load_plugins().importer("ets") is EtsImporter
    assert EtsImporter.drivers == ("knx-raw",)


def test_a_project_gives_a_group_for_each_address_that_can_be_one(tmp_path: Path) -> None:
    imported = EtsImporter.read(write_project(tmp_path / "villa.knxproj"), "")
    place = "Lights / Ground floor"
    assert imported.found == [
        Found(
            name="Küche Decke",
            type="group",
            settings={"address": "1/0/1", "dpt": "1.001", "read": False},
            description=f"{place} / Küche Decke",
        ),
        Found(
            name="Küche Decke",
            type="group",
            settings={"address": "1/0/2", "dpt": "5.001"},
            description=f"{place} / Küche Decke / dims",
        ),
        Found(
            name="Clock",
            type="group",
            settings={"address": "1/0/3", "dpt": "10.001"},
            description=f"{place} / Clock",
        ),
        Found(
            name="Fan",
            type="group",
            settings={"address": "1/0/6", "dpt": "5"},
            description=f"{place} / Fan",
        ),
        Found(
            name="group 1/0/7",
            type="group",
            settings={"address": "1/0/7", "dpt": "9"},
            description=place,
        ),
        Found(
            name="Mode",
            type="group",
            settings={"address": "1/0/9", "dpt": "20.102"},
            description=f"{place} / Mode",
        ),
        Found(
            name="Display",
            type="group",
            settings={"address": "1/0/10", "dpt": "16"},
            description=f"{place} / Display",
        ),
    ]
    assert imported.left_out == [
        "1/0/4 'Nobody knows': the project does not say its DPT",
        "1/0/5 'Secret': it is secured by KNX Data Secure",
        "1/0/8 'Master': DPT 15.000 is not supported",
    ]


def test_a_protected_project_needs_its_password(tmp_path: Path) -> None:
    path = write_project(tmp_path / "villa.knxproj", password="sesame")
    assert len(EtsImporter.read(path, "sesame").found) == 7
    with pytest.raises(ImportFailed) as without:
        EtsImporter.read(path, "")
    with pytest.raises(ImportFailed) as wrong:
        EtsImporter.read(path, "simsim")
    assert [str(without.value), str(wrong.value)] == [
        f"{path} is protected, and its password is needed: give --password",
        f"{path} is protected, and its password does not fit",
    ]


def test_an_object_that_does_not_say_whether_it_is_read_is_asked(tmp_path: Path) -> None:
    objects = '<ComObjectInstanceRef RefId="O-1_R-1" Links="GA-1"/>'
    imported = EtsImporter.read(write_project(tmp_path / "villa.knxproj", objects=objects), "")
    assert imported.found[0].settings == {"address": "1/0/1", "dpt": "1.001"}


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 half"])
def test_what_is_no_project_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "villa.knxproj"
    path.write_bytes(content)
    with pytest.raises(ImportFailed, match=f"{path} is no project of ETS: "):
        EtsImporter.read(path, "")


def test_a_project_with_broken_xml_is_refused(tmp_path: Path) -> None:
    path = write_project(tmp_path / "villa.knxproj", ranges="<GroupRange")
    with pytest.raises(ImportFailed, match="is no project of ETS: "):
        EtsImporter.read(path, "")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed) as caught:
        EtsImporter.read(tmp_path / "none.knxproj", "")
    assert str(caught.value) == f"{tmp_path / 'none.knxproj'} cannot be read: no such file or directory"


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xknxproject.exceptions", None)
    with pytest.raises(
        ImportFailed, match=r"ETS projects need the extra ets: pip install 'interlock\[ets\]'"
    ):
        EtsImporter.read(tmp_path / "villa.knxproj", "")
