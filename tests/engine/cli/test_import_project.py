"""``interlock import``: devices of an ETS project, printed or added."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import Interlock
from support.ets_project import write_project

ENTRIES = """\
  # Lights / Ground floor / Küche Decke
  kueche_decke: {connection: bus, type: group, address: 1/0/1, dpt: '1.001', read: false}
  # Lights / Ground floor / Küche Decke / dims
  kueche_decke_2: {connection: bus, type: group, address: 1/0/2, dpt: '5.001'}
  # Lights / Ground floor / Clock
  clock: {connection: bus, type: group, address: 1/0/3, dpt: '10.001'}
  # Lights / Ground floor / Fan
  fan: {connection: bus, type: group, address: 1/0/6, dpt: '5'}
  # Lights / Ground floor
  group_1_0_7: {connection: bus, type: group, address: 1/0/7, dpt: '9'}
  # Lights / Ground floor / Mode
  mode: {connection: bus, type: group, address: 1/0/9, dpt: '20.102'}
  # Lights / Ground floor / Display
  display: {connection: bus, type: group, address: 1/0/10, dpt: '16'}
"""
LEFT_OUT = """\
left out: 1/0/4 'Nobody knows': the project does not say its DPT
left out: 1/0/5 'Secret': it is secured by KNX Data Secure
left out: 1/0/8 'Master': DPT 15.000 is not supported
"""
SITE = """\
site: {name: Villa, timezone: Europe/Rome}
connections:
  knx: {driver: knx-raw, gateway: 192.168.1.10}   # the interface in the cellar
  house: {driver: thinknx-local, host: 192.168.1.20}
devices:
  fan: {connection: knx, type: group, address: 1/6, dpt: 5.010}

rules: []
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "villa.knxproj")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


def test_devices_are_printed_as_yaml(interlock: Interlock, project: Path) -> None:
    done = interlock("import", "ets", project)
    assert (done.code, done.out) == (0, f"devices:\n{ENTRIES}")
    assert done.err.endswith(LEFT_OUT)


def test_a_new_file_is_written_and_none_overwritten(
    interlock: Interlock, project: Path, tmp_path: Path
) -> None:
    path = tmp_path / "devices.yaml"
    assert interlock("import", "ets", project, "-o", path, "--connection", "eib").code == 0
    assert path.read_text(encoding="utf-8") == "devices:\n" + ENTRIES.replace(
        "connection: bus", "connection: eib"
    )
    done = interlock("import", "ets", project, "-o", path)
    assert (done.code, done.err.splitlines()[-1]) == (1, f"error: {path} cannot be written: file exists")


def test_what_is_new_is_added_to_a_site_file(interlock: Interlock, project: Path, site: Path) -> None:
    done = interlock("import", "ets", project, "--connection", "knx", "--site", site)
    assert (done.code, done.out) == (
        0,
        "kueche_decke\nkueche_decke_2\nclock\ngroup_1_0_7\nmode\ndisplay\n"
        f"{site}: 6 added, 1 known already\n",
    )
    added = [
        line
        for line in ENTRIES.replace("connection: bus", "connection: knx").splitlines()
        if "Fan" not in line and "fan" not in line
    ]
    assert site.read_text(encoding="utf-8") == SITE.replace(
        "\n\nrules", "\n" + "\n".join(added) + "\n\nrules"
    )
    assert interlock("check", site).out.endswith("7 devices, 0 rules: no findings\n")
    again = interlock("import", "ets", project, "--connection", "knx", "--site", site)
    assert (again.code, again.out) == (0, f"{site}: 0 added, 7 known already\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--connection", "knxx", "--site", "SITE"], "there is no connection 'knxx'; did you mean 'knx'?"),
        (["--connection", "house", "--site", "SITE"],
         "connection 'house' is of thinknx-local, and ets is for knx-raw"),
        (["-o", "x.yaml", "--site", "SITE"], "--site and --output are two places: give one of them"),
    ],
)  # fmt: skip
def test_wrong_usage_is_said(
    interlock: Interlock, project: Path, site: Path, arguments: list[str], complaint: str
) -> None:
    done = interlock("import", "ets", project, *(str(site) if each == "SITE" else each for each in arguments))
    assert done.code == 2
    assert complaint in " ".join(done.err.split())
    assert site.read_text(encoding="utf-8") == SITE


def test_an_unknown_kind_names_the_known_ones(interlock: Interlock, project: Path) -> None:
    done = interlock("import", "etz", project)
    assert (done.code, done.err) == (1, "error: there is no importer 'etz'; did you mean 'ets'?\n")


def test_a_password_comes_from_the_environment(
    interlock: Interlock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = write_project(tmp_path / "villa.knxproj", password="sesame")
    done = interlock("import", "ets", project)
    assert (done.code, done.err) == (
        1,
        f"error: {project} is protected, and its password is needed: give --password\n",
    )
    monkeypatch.setenv("INTERLOCK_IMPORT_PASSWORD", "sesame")
    assert interlock("import", "ets", project).out == f"devices:\n{ENTRIES}"


def test_a_project_without_usable_groups_gives_no_devices(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("import", "ets", write_project(tmp_path / "villa.knxproj", ranges="", objects=""))
    assert (done.code, done.out) == (0, "devices: {}\n")
