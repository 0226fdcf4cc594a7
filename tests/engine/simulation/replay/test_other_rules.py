"""Other rules to be tried: another site, or files of rules alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.errors import ConfigurationError
from interlock.service.loading import Loaded, load
from interlock.simulation.replay.other_rules import load_other
from support.past_week import SITE

CALM = """
rules:
  - id: calm
    triggers: [{at: "23:00"}]
    actions: [{set: {ac.hvacfan: minimum}}]
  - for_each: {hour: ["06", "07"]}
    id: wake-{{ hour }}
    triggers: [{at: "{{ hour }}:00"}]
    actions: [{set: {lamp.value: on}}]
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    (tmp_path / "site.yaml").write_text(SITE)
    return load(tmp_path, environ={})


def other(loaded: Loaded, text: str) -> Loaded:
    path = loaded.site.path.parent / "other.yaml"
    path.write_text(text)
    return load_other(path, loaded)


def ids(loaded: Loaded) -> list[str]:
    return sorted(rule.id for rule in loaded.rules)


def findings(loaded: Loaded, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        other(loaded, text)
    return [f"{Path(each.file).name}:{each.line}: {each.message}" for each in caught.value.diagnostics]


def test_rules_of_a_file_take_the_place_of_those_with_their_ids(loaded: Loaded) -> None:
    found = other(loaded, CALM)
    assert ids(found) == sorted([*ids(loaded), "wake-06", "wake-07"])
    [calm] = (rule for rule in found.rules if rule.id == "calm")
    assert [each.text for each in calm.triggers] == ["at 23:00"]
    assert found.site.targets is loaded.site.targets


def test_another_site_is_taken_as_a_whole(loaded: Loaded) -> None:
    found = other(loaded, SITE.replace("id: calm", "id: quiet"))
    assert ids(found) == sorted({*ids(loaded), "quiet"} - {"calm"})


def test_so_is_a_directory(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "site.yaml").write_text(SITE.replace("id: calm", "id: quiet"))
    assert "quiet" in ids(load_other(tmp_path / "copy", loaded))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "other.yaml:1: there are no rules here: write them under 'rules:'"),
        ("devices: {}", "other.yaml:1: there are no rules here: write them under 'rules:'"),
        (
            CALM.replace("hvacfan", "hvacfn"),
            "other.yaml:5: device 'ac' (hvac) has no controller 'hvacfn'",
        ),
        (CALM.replace("rules:", "rules: ["), "other.yaml:3:"),
        (f"{CALM}\ndevices: {{}}\n", "other.yaml:11: unknown key 'devices'"),
    ],
)
def test_what_is_wrong_is_said(loaded: Loaded, text: str, expected: str) -> None:
    assert findings(loaded, text)[0].startswith(expected)


def test_a_file_that_is_not_there_is_an_error(loaded: Loaded, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        load_other(tmp_path / "no.yaml", loaded)
