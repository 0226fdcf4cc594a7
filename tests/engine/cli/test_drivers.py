"""``interlock drivers``: what is installed, and what is wrong with it."""

import json

import pytest

import interlock as package
from interlock.plugins import PluginProblem, PluginSource, Registry, load_plugins
from support.command import Interlock


@pytest.fixture
def with_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_plugins()
    problem = PluginProblem(PluginSource("lamp", "lamp-driver", "1.2"), "its wires are crossed", "lamp")
    registry = Registry(loaded.drivers, loaded.simulators, (problem,))
    monkeypatch.setattr("interlock.plugins.load_plugins", lambda: registry)


def test_the_bundled_driver_is_listed_with_its_controllers(interlock: Interlock) -> None:
    done = interlock("drivers")
    types = done.out.splitlines()
    titles = [line for line in types if not line.startswith(" ")]
    assert (done.code, done.err) == (0, "")
    assert {title.partition(" ")[0] for title in titles} >= {"founten", "thinknx-local"}
    assert {title.split(" ", 1)[1].partition(": ")[0] for title in titles} == {
        f"{package.__version__} (interlock)"
    }
    assert "  hvac        hvacpower, hvacsetpoint, hvacmode, hvacfan" in types
    assert "  thermostat  actualtemp (read only), setpoint, tempmode, chronoen" in types
    assert "  scene       scenelaunch (commands only)" in types


def test_json_has_drivers_and_no_problems(interlock: Interlock) -> None:
    document = json.loads(interlock("drivers", "--json").out)
    driver = next(each for each in document["drivers"] if each["name"] == "thinknx-local")
    assert document["problems"] == []
    assert {key: driver[key] for key in ("name", "version", "distribution", "plugin")} == {
        "name": "thinknx-local",
        "version": package.__version__,
        "distribution": "interlock",
        "plugin": "thinknx",
    }
    types = {each["name"]: each for each in driver["device_types"]}
    mode = next(each for each in types["hvac"]["controllers"] if each["name"] == "hvacmode")
    assert {key: mode[key] for key in ("type", "readable", "writable", "takes", "unit")} == {
        "type": "choice",
        "readable": True,
        "writable": True,
        "takes": "cooling, heating, dry, fan or auto",
        "unit": "",
    }
    assert types["thermostat"]["controllers"][0]["takes"] is None


@pytest.mark.usefixtures("with_a_problem")
def test_a_broken_plugin_is_a_finding(interlock: Interlock) -> None:
    done = interlock("drivers")
    assert done.code == 1
    assert "\nthinknx-local" in done.out
    assert done.err == "plugin 'lamp' of lamp-driver 1.2: its wires are crossed\n"


@pytest.mark.usefixtures("with_a_problem")
def test_json_has_the_problem(interlock: Interlock) -> None:
    done = interlock("drivers", "--json")
    assert (done.code, done.err) == (1, "")
    assert json.loads(done.out)["problems"] == [
        {
            "plugin": "lamp",
            "distribution": "lamp-driver",
            "version": "1.2",
            "missing": "lamp",
            "reason": "its wires are crossed",
        }
    ]
