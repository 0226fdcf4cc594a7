"""What rules can do with the values of groups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.plugins import load_plugins
from interlock.rules.grammar import load_rules
from support.site_files import SiteFolder, told

DPTS = {
    "wakeup": "10.001",
    "arrival": "11.001",
    "departure": "19.001",
    "sign": "16.000",
    "scene": "18.001",
    "mode": "20.102",
    "strip": "232.600",
    "fade": "7.003",
    "meter": "13.013",
}
HEAD = """\
site: {name: Villa, timezone: Europe/Rome, holidays: IT}
connections:
  house: {driver: thinknx-local, host: 127.0.0.1}
  sent: {driver: knx-raw, through: house}
  bus: {driver: knx-raw, gateway: 127.0.0.1}
"""
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteFolder:
    monkeypatch.chdir(tmp_path)
    return SiteFolder(registry=load_plugins())


def groups(dpts: Mapping[str, str], connection: str = "bus") -> str:
    entries = (
        f"  {name}: {{connection: {connection}, type: group, address: 1/0/{place}, dpt: '{dpt}'}}"
        for place, (name, dpt) in enumerate(dpts.items())
    )
    return "\n".join(["devices:", *entries, ""])


def findings(folder: SiteFolder, text: str) -> list[str]:
    site, in_site = folder.load(text)
    in_rules = load_rules(site, NOW)[1] if site else []
    return [told(finding) for finding in (*in_site, *in_rules)]


def site(rule: str) -> str:
    return f"{HEAD}{groups(DPTS)}rules:\n  - {{id: r, {rule}}}\n"


@pytest.mark.parametrize("at", ["wakeup.value", "departure.value"])
def test_a_rule_comes_at_a_time_that_a_group_holds(folder: SiteFolder, at: str) -> None:
    assert (
        findings(folder, site(f"triggers: [{{at: {at}}}], actions: [{{set: {{mode.value: comfort}}}}]")) == []
    )


@pytest.mark.parametrize(
    "condition",
    [
        "between(wakeup.value, '22:00')",
        "is_workday(arrival.value)",
        "today_at(wakeup.value) < now()",
        "week(arrival.value) == 52",
        "meter.value > 100",
        "scene.value == 'learn 5'",
        "mode.value == 'building protection'",
    ],
)
def test_a_condition_can_ask_for_them(folder: SiteFolder, condition: str) -> None:
    rule = f'triggers: [{{every: 1h}}], condition: "{condition}", actions: [{{set: {{sign.value: up}}}}]'
    assert findings(folder, site(rule)) == []


@pytest.mark.parametrize(
    "written",
    [
        "wakeup.value: '7:30'",
        "wakeup.value: \"{{ now().strftime('%H:%M') }}\"",
        "arrival.value: 2026-12-24",
        "departure.value: '2026-12-24T18:00'",
        "sign.value: 1234",
        "sign.value: \"{{ meter.value ~ ' kWh' }}\"",
        "scene.value: learn 5",
        "mode.value: Building Protection",
        "strip.value: [255, 128, 0]",
        "fade.value: 20",
    ],
)
def test_an_action_can_set_them(folder: SiteFolder, written: str) -> None:
    assert findings(folder, site(f"triggers: [{{every: 1h}}], actions: [{{set: {{{written}}}}}]")) == []


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("wakeup.value: '25:00'", "'25:00': it takes a time of day such as 07:30 or 07:30:15"),
        ("arrival.value: 24.12.2026", "it takes a date from 1990 to 2089 such as 2026-12-24"),
        (
            "departure.value: '07:30'",
            "it takes a local date and time from 1900 to 2155 such as 2026-12-24T18:00",
        ),
        ("sign.value: fifteen letters", "it takes a text of up to 14 characters of ASCII"),
        ("sign.value: Küche", "it takes a text of up to 14 characters of ASCII"),
        ("mode.value: confort", "did you mean 'comfort'?"),
        ("scene.value: lern 5", "did you mean 'learn 5'?"),
        ("fade.value: 15", "it takes an integer from 0 to 655350 ms in steps of 10"),
        ("meter.value: 2147483648", "it takes an integer from -2147483648 to 2147483647 kWh"),
        ("strip.value: [0, 0, 256]", "it takes three integers from 0 to 255"),
    ],
)
def test_what_a_group_cannot_hold_is_refused_at_loading(
    folder: SiteFolder, written: str, complaint: str
) -> None:
    [finding] = findings(folder, site(f"triggers: [{{every: 1h}}], actions: [{{set: {{{written}}}}}]"))
    assert complaint in finding


@pytest.mark.parametrize(
    "dpt", ["7.001", "8", "10.001", "11", "12.001", "13.010", "16.000", "19.001", "232.600"]
)
def test_a_type_that_a_thinknx_server_cannot_send_is_refused_at_loading(folder: SiteFolder, dpt: str) -> None:
    [finding] = findings(folder, HEAD + groups({"far": dpt}, "sent"))
    assert finding.endswith(
        f"error: a Thinknx server cannot send DPT {dpt}: "
        "it has calls for DPT 1, 2, 3, 5, 6, 9, 14, 17, 18 and 20"
    )


def test_a_scene_and_a_mode_go_through_a_thinknx_server(folder: SiteFolder) -> None:
    assert (
        findings(folder, HEAD + groups({"scene": "17.001", "control": "18.001", "mode": "20.102"}, "sent"))
        == []
    )
