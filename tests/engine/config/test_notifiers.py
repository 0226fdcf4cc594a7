"""The section ``notifiers``."""

from datetime import timedelta
from typing import Self

import pytest
from pydantic import model_validator

from interlock import Rate
from interlock.config.site import ConfiguredNotifier
from interlock.plugins import PluginProblem, PluginSource
from interlock.redaction import MASK, Redactor
from support.fake_notifier import Bell, BellSettings, registry_with_notifiers
from support.site_files import HEADER, SiteFolder


class CrackedSettings(BellSettings):
    @model_validator(mode="after")
    def _break(self) -> Self:
        raise RuntimeError("cracked")


class Cracked(Bell):
    name = "cracked"
    Settings = CrackedSettings


@pytest.fixture
def house(folder: SiteFolder) -> SiteFolder:
    """A folder whose sites may ring bells."""
    folder.registry = registry_with_notifiers(Bell, Cracked)
    return folder


@pytest.mark.parametrize(
    ("notifier", "expected"),
    [
        ("a: {}", ["3:6+2: error: notifier 'a' needs 'via' | installed: bell, cracked"]),
        ("a: {via: bel}", ["3:12+3: error: there is no notifier 'bel' | did you mean 'bell'?"]),
        ("a: {via: pigeon}", ["3:12+6: error: there is no notifier 'pigeon' | installed: bell, cracked"]),
        ("a:", ["3:5+1: error: notifier 'a' must be a mapping of keys and values"]),
        ("a: {via: bell}", ["3:6+11: error: notifier 'a' needs 'host' | where the bell hangs"]),
        ("a: {via: bell, host: x, limit: 10}", [
            "3:34+2: error: 'limit': '10' is no rate: write for example 30/min or 5/s"]),
        ("a: {via: bell, host: x, timeout: 0s}", [
            "3:36+2: error: 'timeout' must be more than 0 seconds"]),
        ("a b: {via: bell, host: x}", [
            "3:3+3: error: 'a b' cannot name a notifier: use letters, digits, underscores and hyphens"]),
        ("a: {via: cracked, host: x}", [
            "3:6+23: error: plugin 'fake' of fakes 1.0 failed over this: RuntimeError: cracked"]),
        ("a: {via: bell, host: x, token: abcdef}", [
            "3:34+6: warning: 'token' is written out here | "
            "write !secret NAME, and the NAME with its value in secrets.yaml"]),
    ],
)  # fmt: skip
def test_each_fault_is_found_at_its_place(house: SiteFolder, notifier: str, expected: list[str]) -> None:
    assert house.findings(f"{HEADER}notifiers:\n  {notifier}\n") == [f"site.yaml:{each}" for each in expected]


def test_the_section_is_a_mapping(house: SiteFolder) -> None:
    assert house.findings(f"{HEADER}notifiers: [bell]\n") == [
        "site.yaml:2:12+6: error: notifiers must be a mapping of keys and values "
        "| write a name and a colon in place of each '- '"
    ]


def test_there_need_be_none(house: SiteFolder) -> None:
    for section in ("", "notifiers:\n"):
        assert house.sound(HEADER + section).notifiers == {}


def test_what_is_wrong_with_one_costs_only_that_one(house: SiteFolder) -> None:
    site, _ = house.load(f"{HEADER}notifiers:\n  a: {{via: bell}}\n  b: {{via: bell, host: x}}\n")
    assert site is not None
    assert list(site.notifiers) == ["b"]
    assert site.declared_notifiers == {"a", "b"}


def test_a_sound_one_has_its_settings_and_hides_its_secret(house: SiteFolder, redactor: Redactor) -> None:
    house.write("secrets.yaml", "bell: ding-dong-ding\n")
    site = house.sound(
        f"{HEADER}notifiers:\n  mail: {{via: bell, host: x, token: !secret bell, limit: 3/5min}}\n"
    )
    settings = BellSettings.model_validate({"host": "x", "token": "ding-dong-ding", "limit": "3/5min"})
    assert site.notifiers == {"mail": ConfiguredNotifier("mail", Bell, settings)}
    assert redactor.redact("it says ding-dong-ding") == f"it says {MASK}"


def test_by_default_ten_messages_may_go_in_ten_minutes() -> None:
    settings = BellSettings(host="x")
    assert (settings.limit, settings.timeout) == (Rate(10, timedelta(minutes=10)), timedelta(seconds=30))


def test_the_plugin_that_is_to_blame_is_named(house: SiteFolder) -> None:
    problem = PluginProblem(PluginSource("birds", "zoo", "2"), "it cannot be loaded: it flew away", "pigeon")
    registry = registry_with_notifiers()
    house.registry = type(registry)({}, {}, (problem,), notifiers=registry.notifiers)
    assert house.findings(f"{HEADER}notifiers:\n  a: {{via: pigeon}}\n") == [
        "site.yaml:3:12+6: error: notifier 'pigeon' cannot be used: "
        "plugin 'birds' of zoo 2: it cannot be loaded: it flew away"
    ]
