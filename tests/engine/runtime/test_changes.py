"""What is said of an edited site: the names of all that came, went and changed."""

from dataclasses import replace

import pytest

from interlock.config.site import Site
from interlock.expressions.functions import BUILT_IN
from interlock.rules.grammar import load_rules
from interlock.runtime.changes import compare
from support.plugins import registry_of
from support.site_files import SiteFolder

BEFORE = """
site: {name: House, timezone: Europe/Rome}
connections: {bus: {driver: fake}, house: {driver: fake}}
devices:
  lamp: {connection: house, type: light, address: a}
  horn: {connection: house, type: light, address: b}
groups: {rooms: [lamp, horn], halls: [lamp]}
schedules: {office: {daily: []}, shop: {daily: []}}
rules:
  - {id: a, condition: lamp.power, actions: [{log: x}]}
  - {id: b, condition: lamp.power, actions: [{log: x}]}
"""


@pytest.fixture
def folder(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> SiteFolder:
    monkeypatch.chdir(str(tmp_path))
    return SiteFolder(registry_of())


def changed(folder: SiteFolder, before: Site, text: str) -> tuple[str, ...]:
    now = folder.sound(text)
    return compare(before, load_rules(before)[0], now, load_rules(now)[0]).lines


def test_nothing_is_said_of_a_site_that_is_as_it_was(folder: SiteFolder) -> None:
    assert changed(folder, folder.sound(BEFORE), "# a remark\n" + BEFORE) == ()


@pytest.mark.parametrize(
    ("was", "now", "lines"),
    [
        ("bus: {driver: fake}, ", "", ["connection bus was removed"]),
        ("bus: {driver: fake}", "bus: {driver: fake, poll: 1m}", ["connection bus was changed"]),
        ("lamp: {connection: house", "lamp: {connection: bus", ["device lamp was changed"]),
        (
            "type: light, address: b}",
            "type: light, address: b}\n  bell: {type: flag}",
            ["device bell was added"],
        ),
        ("halls: [lamp]", "halls: [horn]", ["group halls was changed"]),
        (", halls: [lamp]", ", huts: [lamp]", ["group huts was added", "group halls was removed"]),
        ("shop: {daily: []}", "shop: {mon: []}", []),
        ("shop: {daily: []}", 'shop: {mon: [["07:00", "08:00"]]}', ["schedule shop was changed"]),
        (", shop: {daily: []}", "", ["schedule shop was removed"]),
        ("id: b, condition: lamp.power", "id: b, condition: not lamp.power", ["rule b was changed"]),
        ("name: House", "name: Barn", ["the name was changed"]),
        ("Europe/Rome", "Europe/Paris", ["the time zone was changed"]),
        ("Europe/Rome", "Europe/Rome, initial: wait", ["what counts at the very first start was changed"]),
        ("Europe/Rome", "Europe/Rome, holidays: IT", ["the calendar of holidays was changed"]),
        (
            "Europe/Rome",
            "Europe/Rome, location: {latitude: 45, longitude: 9}",
            ["the location was changed"],
        ),
        (
            "groups:",
            "journal: {keep: 30d}\ngroups:",
            ["how the journal is kept, from the next start on, was changed"],
        ),
        ("groups:", "watch: [lamp.power]\ngroups:", ["what is watched was changed"]),
    ],
)
def test_each_kind_of_change_is_named(folder: SiteFolder, was: str, now: str, lines: list[str]) -> None:
    assert BEFORE.count(was) == 1
    assert list(changed(folder, folder.sound(BEFORE), BEFORE.replace(was, now))) == lines


def test_functions_that_a_plugin_brings_or_loses_are_named(folder: SiteFolder) -> None:
    site = folder.sound(BEFORE)
    one, other = BUILT_IN[0], replace(BUILT_IN[0], name="other")
    before, now = replace(site, functions={"one": one}), replace(site, functions={"other": other})
    assert compare(before, (), now, ()).lines == ("function other was added", "function one was removed")


def test_who_may_set_off_what_and_see_the_metrics_is_named(folder: SiteFolder) -> None:
    folder.write("secrets.yaml", "one: a-word-of-sixteen\ntwo: a-word-of-17-signs\n")
    service = "service:\n  listen: 127.0.0.1:1\n  metrics: %s\n  webhooks: {%s}\n"
    before = folder.sound(
        BEFORE + service % ("token", "door: {secret: !secret one}, gate: {secret: !secret one}")
    )
    now = service % ("open", "door: {secret: !secret two}, bell: {secret: !secret one}")
    assert changed(folder, before, BEFORE + now) == (
        "webhook bell was added",
        "webhook door was changed",
        "webhook gate was removed",
        "who sees the metrics was changed",
    )
