"""A site comes whole, or with everything that is wrong with it."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.errors import ConfigurationError, Severity
from interlock.plugins import Registry
from interlock.service.loading import describe, load, load_devices, site_file
from support.flat import copy_flat

DOOR = """\
site: {name: Door, timezone: Europe/Rome}
connections:
  house: {driver: thinknx-local, host: 127.0.0.1, auth: basic, username: me, password: !env DOOR_KEY}
devices:
  doorbell: {connection: house, type: button, guid: BELL}
rules:
  - {id: ring, triggers: {every: 1h}, actions: [press: doorbell]}
  - {id: silent, triggers: {every: 1h}, actions: [press: doorbell], enabled: false}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sound_site_has_its_rules(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, DOOR), environ={"DOOR_KEY": "sesame-7"})
    assert [rule.id for rule in loaded.rules] == ["ring", "silent"]
    assert (loaded.site.name, loaded.warnings) == ("Door", ())


def test_the_environment_is_the_processes_unless_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, DOOR)
    monkeypatch.delenv("DOOR_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="DOOR_KEY"):
        load(path)
    monkeypatch.setenv("DOOR_KEY", "sesame-7")
    assert load(path).site.name == "Door"


def test_errors_of_site_and_rules_come_in_one_in_the_order_of_the_files(tmp_path: Path) -> None:
    text = DOOR.replace("!env DOOR_KEY", "sesame-7").replace("type: button", "type: buton")
    path = write(tmp_path, text.replace("every: 1h", "evry: 1h", 1))
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    found = [(each.line, each.severity) for each in caught.value.diagnostics]
    assert found == [(3, Severity.WARNING), (5, Severity.ERROR), (7, Severity.ERROR)]


SAVED = """\
  - id: save
    triggers: [{unavailable: house}]
    actions: [{save: [lamp.power], as: before}]
  - {id: restore, triggers: {every: 1h}, actions: [{restore: before}]}
"""


def test_one_missing_secret_is_one_error(tmp_path: Path) -> None:
    lamp = "  lamp: {connection: house, type: light, guid: LAMP}\nrules:\n"
    path = write(tmp_path, DOOR.replace("rules:\n", lamp) + SAVED)
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ={})
    assert [each.message for each in caught.value.diagnostics] == [
        "there is no 'DOOR_KEY' among the environment's variables"
    ]
    assert len(load(path, environ={"DOOR_KEY": "sesame-7"}).rules) == 4


def test_only_the_plugins_that_are_given_are_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="driver"):
        load(write(tmp_path, DOOR), Registry({}, {}), environ={"DOOR_KEY": "sesame-7"})


def test_warnings_alone_come_with_the_site(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, DOOR.replace("!env DOOR_KEY", "sesame-7")))
    assert [each.severity for each in loaded.warnings] == [Severity.WARNING]


def test_devices_load_though_rules_have_errors(tmp_path: Path) -> None:
    path = write(tmp_path, DOOR.replace("every: 1h", "evry: 1h"))
    assert list(load_devices(path, environ={"DOOR_KEY": "sesame-7"}).devices) == ["doorbell"]


@pytest.mark.parametrize(
    ("section", "files"),
    [
        ("include: [broken.yaml]\n", {"broken.yaml": "rules: [{"}),
        ("include: [broken.yaml]\n", {"broken.yaml": "rulez: []"}),
        ("include: [nowhere.yaml]\n", {}),
        ("include: 3\n", {}),
    ],
)
def test_devices_load_though_a_file_of_rules_is_broken(
    section: str, files: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, DOOR + section)
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    site = load_devices(path, environ={"DOOR_KEY": "sesame-7"})
    assert (list(site.devices), site.rules) == (["doorbell"], ())
    assert caplog.messages == [
        f"the rules of {path} have errors and are left out here: interlock check shows them"
    ]


def test_nothing_is_said_about_rules_that_are_right(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert len(load_devices(write(tmp_path, DOOR), environ={"DOOR_KEY": "sesame-7"}).rules) == 2
    assert caplog.messages == []


def test_devices_do_not_load_where_the_site_has_errors(tmp_path: Path) -> None:
    path = write(tmp_path, DOOR.replace("type: button", "type: buton"))
    with pytest.raises(ConfigurationError):
        load_devices(path, environ={"DOOR_KEY": "sesame-7"})


def test_a_file_that_is_no_site_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "- just\n- a list\n")
    with pytest.raises(ConfigurationError):
        load(path)
    with pytest.raises(ConfigurationError):
        load_devices(path)


def test_a_directory_means_the_site_file_in_it(tmp_path: Path) -> None:
    assert site_file(tmp_path) == tmp_path / "site.yaml"
    assert site_file(tmp_path / "house.yaml") == tmp_path / "house.yaml"


def test_a_site_is_described_by_its_size_without_rules_that_are_off(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, DOOR), environ={"DOOR_KEY": "sesame-7"})
    assert describe(loaded) == "1 connection, 1 device, 1 rule"
    assert describe(load(copy_flat(tmp_path))) == "1 connection, 8 devices, 7 rules"


@pytest.fixture
def thawed() -> Iterator[None]:
    """Begin and end with nothing that is never looked at."""
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
def test_no_garbage_is_looked_for_among_what_was_just_loaded(tmp_path: Path) -> None:
    site = load(write(tmp_path, DOOR), environ={"DOOR_KEY": "sesame-7"}).site
    assert any(each is site for each in gc.get_objects(generation=2))
    assert gc.get_freeze_count() == 0


class Ring:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.mark.usefixtures("thawed")
def test_what_is_never_looked_at_stays_so_while_a_site_is_loaded(tmp_path: Path) -> None:
    made = Ring()
    ring = weakref.ref(made)
    gc.freeze()
    del made
    load(write(tmp_path, DOOR), environ={"DOOR_KEY": "sesame-7"})
    gc.collect()
    assert ring() is not None
