"""The section ``connections``."""

import base64
from pathlib import Path
from typing import Self

import pytest
from pydantic import Field, SecretStr, model_validator

from interlock import ConnectionSettings, SitePath
from interlock.config.loader import load_site
from interlock.plugins import PluginProblem, PluginSource, Registry
from interlock.redaction import Redactor
from support.fake_driver import FakeDriver
from support.plugins import driver_named, registry_of
from support.site_files import HEADER, SiteFolder


class DoorSettings(ConnectionSettings):
    host: str = Field(description="where the door is")
    username: str = ""
    password: SecretStr = SecretStr("")
    pin: SecretStr | None = None
    plan: SitePath | None = None

    @model_validator(mode="after")
    def _stumble(self) -> Self:
        if self.host == "stone":
            raise RuntimeError("stumbled over\na stone")
        return self


@pytest.fixture
def door(folder: SiteFolder) -> SiteFolder:
    """A folder whose sites may use the driver ``door``."""
    folder.registry = registry_of(driver_named("door", Settings=DoorSettings))
    return folder


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ("a: {}", ["3:6+2: error: connection 'a' needs 'driver' | installed: door"]),
        ("a: {driver: }", ["3:7+6: error: connection 'a' needs 'driver' | installed: door"]),
        ("a: {driver: 3}", ["3:15+1: error: 'driver' must be a text"]),
        ("a: {driver: dor}", ["3:15+3: error: there is no driver 'dor' | did you mean 'door'?"]),
        ("a: {driver: knx}", ["3:15+3: error: there is no driver 'knx' | installed: door"]),
        ("a:", ["3:5+1: error: connection 'a' must be a mapping of keys and values"]),
        ("a: door", ["3:6+4: error: connection 'a' must be a mapping of keys and values"]),
        ("a: {driver: door}", ["3:6+14: error: connection 'a' needs 'host' | where the door is"]),
        ("a: {driver: door, hots: x}", ["3:21+4: error: unknown key 'hots' | did you mean 'host'?"]),
        ("a: {driver: door, host: x, poll: 0s}", [
            "3:36+2: error: 'poll' must be more than 0 seconds"]),
        ("a: {driver: door, host: x, timeout: 0}", [
            "3:39+1: error: 'timeout' must be more than 0 seconds"]),
        ("a: {driver: door, host: x, stale_after: 0s}", [
            "3:43+2: error: 'stale_after' must be more than 0s"]),
        ("a: {driver: door, host: x, poll: 5}", [
            "3:36+1: error: 'poll': a duration needs its unit: write 5s or 5m"]),
        ("a b: {driver: door, host: x}", [
            "3:3+3: error: 'a b' cannot name a connection: use letters, digits, underscores and hyphens"]),
        ("a: {driver: door, host: stone}", [
            "3:6+27: error: plugin 'fake' of fakes 1.0 failed over this: "
            "RuntimeError: stumbled over a stone"]),
        ("a: {driver: door, password: sesame}", [
            "3:6+32: error: connection 'a' needs 'host' | where the door is",
            "3:31+6: warning: 'password' is written out here | "
            "write !secret NAME, and the NAME with its value in secrets.yaml"]),
        ("a: {driver: *x}", ["3:15+2: error: this alias names no anchor before it | put the text in quotes"]),
    ],
)  # fmt: skip
def test_a_faulty_connection_is_reported_and_left_out(
    door: SiteFolder, connection: str, expected: list[str]
) -> None:
    text = f"{HEADER}connections:\n  {connection}\n"
    site, _ = door.load(text)
    assert site is not None
    assert site.connections == {}
    assert door.findings(text) == [f"site.yaml:{each}" for each in expected]


def test_a_sound_connection_stands_beside_a_faulty_one(door: SiteFolder) -> None:
    site, _ = door.load(f"{HEADER}connections: {{a: {{}}, b-1: {{driver: door, host: x}}}}")
    assert site is not None
    assert list(site.connections) == ["b-1"]
    assert site.connections["b-1"].settings == DoorSettings(host="x")


def test_a_driver_that_a_plugin_could_not_bring_is_reported_with_the_reason(door: SiteFolder) -> None:
    problem = PluginProblem(PluginSource("knx", "shop", "2"), "it cannot be loaded: ImportError: no xknx")
    door.registry = Registry(door.registry.drivers, {}, (problem,))
    assert door.findings(f"{HEADER}connections: {{a: {{driver: knx-raw}}}}") == [
        "site.yaml:2:27+7: error: there is no driver 'knx-raw'; what these would bring is missing: "
        "plugin 'knx' of shop 2: it cannot be loaded: ImportError: no xknx | installed: door"
    ]


def test_a_broken_plugin_that_no_site_uses_is_no_finding(door: SiteFolder) -> None:
    problem = PluginProblem(PluginSource("knx", "shop", "2"), "it cannot be loaded")
    door.registry = Registry(door.registry.drivers, {}, (problem,))
    door.sound(f"{HEADER}connections: {{a: {{driver: door, host: x}}}}")


def test_every_secret_of_the_settings_is_hidden_from_then_on(door: SiteFolder, redactor: Redactor) -> None:
    door.write("secrets.yaml", "p: open-sesame-1\n")
    door.environ = {"PIN": "open-sesame-2"}
    secrets = "username: ali, password: !secret p, pin: !env PIN"
    door.sound(f"{HEADER}connections: {{a: {{driver: door, host: x, {secrets}}}}}")
    basic = base64.b64encode(b"ali:open-sesame-1").decode()
    assert redactor.redact(f"open-sesame-1 open-sesame-2 {basic}") == "******** ******** ********"


@pytest.mark.parametrize("written", ["plans/ground.pdf", "../ground.pdf", "/srv/ground.pdf"])
def test_a_relative_path_counts_from_the_site_files_folder(door: SiteFolder, written: str) -> None:
    text = f"{HEADER}connections: {{a: {{driver: door, host: x, plan: {written}}}}}\n"
    site, _ = load_site(door.write("houses/one/site.yaml", text), door.registry, {})
    assert site
    settings = site.connections["a"].settings
    assert isinstance(settings, DoorSettings)
    assert settings.plan == Path("houses/one", written)


def test_a_path_outside_a_site_file_is_taken_as_it_is() -> None:
    assert DoorSettings(host="x", plan=Path("ground.pdf")).plan == Path("ground.pdf")


HELD_UP = "one silent device holds up those read with it for"


@pytest.mark.parametrize(
    ("settings", "place", "said"),
    [
        ("poll: 1s", "3:36+2", f"3s, and {HELD_UP} 5s | let 'stale_after' be 6s or more"),
        ("timeout: 30s", "3:39+3", f"30s, and {HELD_UP} 30s | let 'stale_after' be 40s or more"),
        ("poll: 1s, timeout: 3s", "3:49+2", f"3s, and {HELD_UP} 3s | let 'stale_after' be 4s or more"),
        (
            "stale_after: 10s",
            "3:43+3",
            "10s, and it is read every 10s only | let 'stale_after' be 15s or more",
        ),
    ],
)
def test_a_connection_whose_values_cannot_stay_known_is_warned_of(
    door: SiteFolder, settings: str, place: str, said: str
) -> None:
    text = f"{HEADER}connections:\n  a: {{driver: door, host: x, {settings}}}\n"
    site, _ = door.load(text)
    assert site is not None
    assert list(site.connections) == ["a"]
    assert door.findings(text) == [
        f"site.yaml:{place}: warning: values of connection 'a' are unknown again after {said}"
    ]


@pytest.mark.parametrize("settings", ["poll: 2s", "timeout: 29s", "stale_after: 11s"])
def test_a_connection_whose_values_stay_known_is_not_warned_of(door: SiteFolder, settings: str) -> None:
    door.sound(f"{HEADER}connections:\n  a: {{driver: door, host: x, {settings}}}\n")


class Telling(FakeDriver):
    """Is told of changes where its peer is not called mute."""

    name = "telling"
    Settings = DoorSettings

    @classmethod
    def pushes(cls, settings: ConnectionSettings) -> bool:
        assert isinstance(settings, DoorSettings)
        if settings.host == "nobody":
            raise ZeroDivisionError("division by zero")
        return settings.host != "mute"


@pytest.mark.parametrize(("host", "pushes"), [("x", True), ("mute", False)])
def test_a_connection_knows_whether_its_driver_is_told_of_changes(
    folder: SiteFolder, host: str, pushes: bool
) -> None:
    folder.registry = registry_of(Telling)
    site = folder.sound(f"{HEADER}connections: {{a: {{driver: telling, host: {host}}}}}")
    assert site.connections["a"].pushes is pushes


def test_a_driver_that_does_not_know_whether_it_is_told_is_reported(folder: SiteFolder) -> None:
    folder.registry = registry_of(Telling)
    text = f"{HEADER}connections: {{a: {{driver: telling, host: nobody}}}}"
    site, _ = folder.load(text)
    assert site is not None
    assert site.connections == {}
    assert folder.findings(text) == [
        "site.yaml:2:18+31: error: plugin 'fake' of fakes 1.0 failed over this: "
        "ZeroDivisionError: division by zero"
    ]
