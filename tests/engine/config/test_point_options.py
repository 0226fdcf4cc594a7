"""What devices say of their points: guards, defaults, and how changes by hand are taken."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.config.guards import Guard, Hands
from interlock.config.site import Site
from interlock.model import Point
from support.site_files import HEADER, SiteFolder

HEAD = f"{HEADER}connections: {{house: {{driver: fake}}}}\ndevices:\n  "
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AC = "a: {connection: house, type: hvac, address: x, "
LIGHT = "a: {connection: house, type: light, address: x, "
THERMOSTAT = "a: {connection: house, type: thermostat, address: x, "


def site(folder: SiteFolder, devices: str) -> Site:
    return folder.sound(f"{HEAD}{devices}\n")


def told(folder: SiteFolder, devices: str) -> list[str]:
    return [each.removeprefix("site.yaml:4:") for each in folder.findings(f"{HEAD}{devices}\n")]


def test_a_device_guards_its_points(folder: SiteFolder) -> None:
    found = site(
        folder,
        LIGHT + "guard: {power: {min_on: 5m, min_off: 3m, max_changes: 6 per 1h}, "
        "powerlevel: {max_step: 5 per 1m, range: [10, 90.5]}}}",
    )
    assert found.guards == {
        Point("a.power"): Guard(min_on=5 * MINUTE, min_off=3 * MINUTE, max_changes=6, changes_in=HOUR),
        Point("a.powerlevel"): Guard(max_step=5.0, step_every=MINUTE, minimum=10, maximum=90.5),
    }


def test_a_step_without_a_period_refuses_more(folder: SiteFolder) -> None:
    found = site(folder, LIGHT + "guard: {powerlevel: {max_step: 2.5}}}")
    assert found.guards == {Point("a.powerlevel"): Guard(max_step=2.5)}


def test_a_device_with_one_controller_names_it_or_not(folder: SiteFolder) -> None:
    found = site(
        folder,
        "a: {type: flag, guard: {min_on: 5m}, default: off}\n"
        "  b: {type: number, guard: {value: {range: [0, 4]}}, default: {value: 3}}\n"
        "  c: {type: choice, choices: [home, away], default: Away}",
    )
    assert found.guards == {
        Point("a.value"): Guard(min_on=5 * MINUTE),
        Point("b.value"): Guard(minimum=0, maximum=4),
    }
    assert found.defaults == {
        Point("a.value"): False,
        Point("b.value"): 3.0,
        Point("c.value"): "away",
    }


def test_a_device_says_what_its_points_default_to(folder: SiteFolder) -> None:
    found = site(folder, AC + "default: {hvacpower: off, hvacmode: AUTO}}")
    assert found.defaults == {Point("a.hvacpower"): False, Point("a.hvacmode"): "auto"}


def test_a_device_says_how_changes_by_hand_are_taken(folder: SiteFolder) -> None:
    found = site(
        folder,
        AC + "manual_hold: 0, settle: 45s}\n"
        "  b: {connection: house, type: light, address: y, manual_hold: 90m}\n"
        "  c: {connection: house, type: light, address: z}",
    )
    assert found.hands == {
        "a": Hands(manual_hold=timedelta(), settle=timedelta(seconds=45)),
        "b": Hands(manual_hold=90 * MINUTE),
    }


def test_options_are_no_settings_of_the_driver(folder: SiteFolder) -> None:
    found = site(folder, AC + "manual_hold: 1h, guard: {hvacpower: {min_on: 1m}}, default: {hvacpower: on}}")
    assert found.devices["a"].settings.model_dump() == {"poll": None, "controllers": None, "address": "x"}


def test_rows_of_devices_have_their_options_each(folder: SiteFolder) -> None:
    found = site(
        folder,
        '"{{ n }}_ac": {for_each: [{n: a, off: 3m}, {n: b, off: 5m}], connection: house, type: hvac, '
        'address: "{{ n }}", guard: {hvacpower: {min_off: "{{ off }}"}}, manual_hold: "{{ off }}"}',
    )
    assert found.guards == {
        Point("a_ac.hvacpower"): Guard(min_off=3 * MINUTE),
        Point("b_ac.hvacpower"): Guard(min_off=5 * MINUTE),
    }
    assert found.hands["b_ac"] == Hands(manual_hold=5 * MINUTE)


GUARDS = "min_on, min_off, max_changes, max_step, range"


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (AC + "guard: {hvacpower: {min_on: 5}}}",
         "78+1: error: 'min_on': a duration needs its unit: write 5s or 5m"),
        (AC + "guard: {hvacpower: {min_on: -5m}}}",
         "78+3: error: 'min_on': '-5m' is no duration: write for example 30s, 5m, 1h30m or 2d"),
        (AC + "guard: {hvacpower: {min_on: 0}}}", "78+1: error: 'min_on' must be more than 0s"),
        (AC + "guard: {hvacpower: {min_of: 5m}}}",
         "70+6: error: unknown key 'min_of' | did you mean 'min_off'?"),
        (AC + "guard: {hvacpower: {speed: 5m}}}", f"70+5: error: unknown key 'speed' | known here: {GUARDS}"),
        (AC + "guard: {hvacpower: {}}}",
         f"69+2: error: the guard of a.hvacpower guards nothing | write one of {GUARDS}"),
        (AC + "guard: {hvacpower: 5m}}",
         "69+2: error: the guard of a.hvacpower must be a mapping of keys and values"),
        (AC + "guard: {hvacpowr: {min_on: 5m}}}",
         "58+8: error: device 'a' has no controller 'hvacpowr' | did you mean 'hvacpower'?"),
        (AC + "guard: {min_on: 5m}}",
         "58+6: error: device 'a' has no controller 'min_on' | controllers: hvacpower, hvacmode"),
        (AC + "guard: 5m}", "57+2: error: 'guard' must be a mapping of keys and values"),
        (AC + "guard: {hvacpower: {max_changes: 6}}}",
         "83+1: error: 'max_changes': write for example '6 per 1h'"),
        (AC + "guard: {hvacpower: {max_changes: 0 per 1h}}}",
         "83+8: error: 'max_changes': write for example '6 per 1h'"),
        (AC + "guard: {hvacpower: {max_changes: 6 per 1}}}",
         "83+7: error: 'max_changes': '1' is no duration: write for example 30s, 5m, 1h30m or 2d"),
        (AC + "guard: {hvacpower: {max_changes: 6 per 0}}}",
         "83+7: error: 'max_changes': a period is longer than 0 s"),
        (AC + "guard: {hvacpower: {max_step: 5}}}",
         "80+1: error: a.hvacpower holds no number: 'max_step' does not go with it"),
        (AC + "guard: {hvacpower: {range: [0, 1]}}}",
         "77+6: error: a.hvacpower holds no number: 'range' does not go with it"),
        (AC + "guard: {hvacmode: {min_on: 5m}}}",
         "77+2: error: a.hvacmode is neither on nor off: 'min_on' does not go with it"),
        (LIGHT + "guard: {powerlevel: {max_step: 0}}}",
         "82+1: error: 'max_step': write a number above 0, or for example '5 per 1m'"),
        (LIGHT + "guard: {powerlevel: {max_step: on}}}",
         "82+2: error: 'max_step': write a number above 0, or for example '5 per 1m'"),
        (LIGHT + "guard: {powerlevel: {max_step: 0 per 1m}}}",
         "82+8: error: 'max_step': write a number above 0, or for example '5 per 1m'"),
        (LIGHT + "guard: {powerlevel: {range: 5}}}", "79+1: error: 'range' must be a list"),
        (LIGHT + "guard: {powerlevel: {range: [5]}}}", "79+3: error: 'range' must be at least 2 items long"),
        (LIGHT + "guard: {powerlevel: {range: [5, 6, 7]}}}",
         "79+9: error: 'range' must be a list of at most 2 items"),
        (LIGHT + "guard: {powerlevel: {range: [5, hot]}}}",
         "83+3: error: item 2 of 'range' must be a number"),
        (LIGHT + "guard: {powerlevel: {range: [60, 40]}}}",
         "71+17: error: the guard of a.powerlevel: 'range' begins above its end: 60 to 40"),
        (LIGHT + "guard: {powerlevel: {range: [110, 140]}}}",
         "79+10: error: a.powerlevel takes nothing from 110 on, so that its guard would refuse everything "
         "| it takes an integer from 0 to 100 %"),
        (LIGHT + "guard: {powerlevel: {range: [-20, -10]}}}",
         "79+10: error: a.powerlevel takes nothing up to -10, so that its guard would refuse everything "
         "| it takes an integer from 0 to 100 %"),
        (THERMOSTAT + "guard: {actualtemp: {range: [10, 20]}}}",
         "76+17: error: a.actualtemp can only be read: 'guard' is about what is set"),
        ("a: {connection: house, type: scene, address: x, guard: {max_changes: 6 per 1h}}",
         "58+23: error: a.scenelaunch starts something, and holds no state for 'guard'"),
        (AC + "default: {hvacpower: maybe}}",
         "71+5: error: hvacpower cannot be 'maybe': it takes on or off"),
        (AC + "default: {hvacmode: coolign}}",
         "70+7: error: hvacmode cannot be 'coolign': it takes cooling, heating, dry, fan or auto "
         "| did you mean 'cooling'?"),
        (AC + "default: off}", "59+3: error: 'default' must be a mapping of keys and values"),
        (AC + "default: {power: off}}",
         "60+5: error: device 'a' has no controller 'power' | did you mean 'hvacpower'?"),
        (THERMOSTAT + "default: {actualtemp: 20}}",
         "78+2: error: a.actualtemp can only be read: 'default' is about what is set"),
        ("a: {connection: house, type: scene, address: x, default: launch}",
         "60+6: error: a.scenelaunch starts something, and holds no state for 'default'"),
        (LIGHT + "guard: {powerlevel: {range: [10, 20]}}, default: {powerlevel: 30}}",
         "113+2: error: the guard of a.powerlevel refuses its default: it lets pass 10 to 20"),
        (LIGHT + "guard: {powerlevel: {range: [10, 20]}}, default: {powerlevel: 9}}",
         "113+1: error: the guard of a.powerlevel refuses its default: it lets pass 10 to 20"),
        (AC + "manual_hold: 2}", "63+1: error: 'manual_hold': a duration needs its unit: write 2s or 2m"),
        (AC + "settle: soon}",
         "58+4: error: 'settle': 'soon' is no duration: write for example 30s, 5m, 1h30m or 2d"),
        (AC + "manual_hodl: 2h}", "50+11: error: unknown key 'manual_hodl' | did you mean 'manual_hold'?"),
        (AC + "gaurd: {hvacpower: {min_on: 5m}}}",
         "50+5: error: unknown key 'gaurd' | did you mean 'guard'?"),
        ("a: {type: flag, defualt: on}", "19+7: error: unknown key 'defualt' | did you mean 'default'?"),
        ("a: {connection: house, type: scene, address: x, settle: 5s}",
         "51+6: warning: nothing of device 'a' can be set and stay so: 'settle' says nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(folder: SiteFolder, device: str, expected: str) -> None:
    assert told(folder, device) == [expected]


def test_a_guard_that_is_wrong_costs_only_itself(folder: SiteFolder) -> None:
    found, _ = folder.load(
        f"{HEAD}{AC}guard: {{hvacpower: {{min_on: 5}}, hvacmode: {{max_changes: 2 per 1m}}}}}}\n"
    )
    assert found is not None
    assert found.guards == {Point("a.hvacmode"): Guard(max_changes=2, changes_in=MINUTE)}
    assert Point("a.hvacpower") in found.targets


def test_a_device_that_is_wrong_itself_is_not_asked_for_its_points(folder: SiteFolder) -> None:
    assert [
        each.partition("error: ")[2]
        for each in told(folder, "a: {connection: house, type: hvac, guard: {x: {min_on: 5}}}")
    ] == ["device 'a' needs 'address'"]


@pytest.mark.parametrize("key", ["min_on", "min_off"])
def test_numbers_and_choices_with_off_can_be_off(folder: SiteFolder, key: str) -> None:
    found = site(
        folder,
        f"a: {{type: number, guard: {{{key}: 1m}}}}\n"
        f"  b: {{type: choice, choices: [Off, low], guard: {{{key}: 1m}}}}",
    )
    assert set(found.guards) == {Point("a.value"), Point("b.value")}
    assert len(told(folder, f"a: {{type: text, guard: {{{key}: 1m}}}}")) == 1


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.sampled_from(["", "5m", "6 per 1h", "5 per", "on", "off", "cooling", "{{ x }}", "1 per 0", "-5"]),
)
_KEYS = st.sampled_from(["hvacpower", "hvacmode", "min_on", "max_changes", "max_step", "range", "x"])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["guard", "default", "manual_hold", "settle"]), _VALUES))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_there_loads_or_is_a_finding(folder: SiteFolder, options: dict[str, object]) -> None:
    device = {"connection": "house", "type": "hvac", "address": "x", **options}
    found, findings = folder.load(f"{HEAD}a: {json.dumps(device)}\n")
    assert found is not None
    assert all(each.line == 4 and each.message for each in findings)
    for key in ("guard", "default"):
        is_taken = bool(found.guards if key == "guard" else found.defaults)
        assert is_taken or findings or not options.get(key)
