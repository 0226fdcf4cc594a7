"""Functions that plugins let expressions call."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from interlock import Function, Kind, Parameter, Special, Type, hookimpl
from interlock.expressions import Scope, compile_expression
from interlock.expressions.functions import BUILT_IN, table
from interlock.plugins import PluginSource, load_plugins
from support.expression_house import house_targets, view
from support.fake_functions import HEAT_INDEX, NUMBER
from support.plugins import PluginModules, entry_points_of
from support.site_files import HEADER, SiteFolder


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> PluginModules:
    return PluginModules(monkeypatch)


def brought(modules: PluginModules, name: str, *functions: object) -> None:
    @hookimpl
    def interlock_functions() -> Sequence[object]:
        return functions

    modules.add(name, interlock_functions=interlock_functions)


FAKES = load_plugins(entry_points_of(air="support.fake_functions"))
SCOPE = Scope(
    house_targets(), functions=table([*BUILT_IN, *(each.function for each in FAKES.functions.values())])
)


def test_a_function_is_found_by_its_name_with_its_source() -> None:
    assert list(FAKES.functions) == ["heat_index", "explode", "nothing"]
    assert FAKES.functions["heat_index"].source == PluginSource("air", "shop", "1.2")
    assert FAKES.problems == ()


@pytest.mark.parametrize("text", ["heat_index(meter.value, 50)", "meter.value | heat_index(50)"])
def test_it_can_be_called_and_is_a_filter(text: str) -> None:
    compiled = compile_expression(text, SCOPE)
    assert compiled.evaluate(view({"meter.value": 20})).value == 20.5
    assert compiled.type.kind is Kind.NUMBER


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("heat_index(meter.value, 101)", "that is no humidity"),
        (
            "explode('meter.value')",
            "explode of plugin 'air' of shop 1.2 failed: LookupError: no luck",
        ),
        ("meter.value + nothing()", "nothing of plugin 'air' of shop 1.2 gave no value"),
    ],
)
def test_whatever_it_raises_makes_the_result_unknown(text: str, reason: str) -> None:
    found = compile_expression(text, SCOPE).evaluate(view({"meter.value": 20}))
    assert (found.value, found.reason) == (None, reason)


def test_ctrl_c_is_nobodys_fault() -> None:
    scope = replace(SCOPE, functions={"explode": SCOPE.functions["explode"]})
    compute = scope.functions["explode"].compute
    with pytest.raises(KeyboardInterrupt):
        compute(view(), "lamp.power")


VALUE = Parameter(name="value", takes=NUMBER)


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (3, "its function '' cannot be used: something of type int is no Function"),
        (
            replace(HEAT_INDEX, name="heat-index"),
            "its function 'heat-index' cannot be used: its name is no lower-case word such as 'heat_index'",
        ),
        (
            replace(HEAT_INDEX, name="round"),
            "its function 'round' cannot be used: Interlock has a function of this name itself",
        ),
        (
            replace(HEAT_INDEX, description=" "),
            "its function 'heat_index' cannot be used: it has no description",
        ),
        (
            replace(HEAT_INDEX, compute="x"),  # type: ignore[arg-type]
            "its function 'heat_index' cannot be used: its compute is no function",
        ),
        (
            replace(HEAT_INDEX, parameters=None),  # type: ignore[arg-type]
            "its function 'heat_index' cannot be used: its parameters are no tuple of Parameter",
        ),
        (
            replace(HEAT_INDEX, parameters=(VALUE, "x")),  # type: ignore[arg-type]
            "its function 'heat_index' cannot be used: it has something of type str among its parameters",
        ),
        (
            replace(HEAT_INDEX, parameters=(VALUE, VALUE)),
            "its function 'heat_index' cannot be used: parameter 'value' is declared 2 times",
        ),
        (
            replace(HEAT_INDEX, parameters=(replace(VALUE, name="a", repeats=True), VALUE)),
            "its function 'heat_index' cannot be used: only its last parameter can repeat",
        ),
        (
            replace(HEAT_INDEX, parameters=(Parameter(name="x", takes=Special.PAIRS),)),
            "its function 'heat_index' cannot be used: it takes what only Interlock's own functions can take",
        ),
        (
            replace(HEAT_INDEX, parameters=(), result=None),
            "its function 'heat_index' cannot be used: it has no result",
        ),
    ],
)
def test_a_faulty_function_is_reported_and_left_out(
    modules: PluginModules, function: object, fault: str
) -> None:
    brought(modules, "bad", function)
    registry = load_plugins(entry_points_of(bads="bad"))
    assert dict(registry.functions) == {}
    assert [problem.reason for problem in registry.problems] == [fault]


def test_of_two_functions_of_one_name_neither_is_taken(modules: PluginModules) -> None:
    brought(modules, "one", HEAT_INDEX)
    brought(modules, "two", HEAT_INDEX)
    registry = load_plugins(entry_points_of(ones="one", twos="two"))
    assert dict(registry.functions) == {}
    assert [problem.reason for problem in registry.problems] == [
        "its function 'heat_index' is also brought by plugin 'twos' of shop 1.2",
        "its function 'heat_index' is also brought by plugin 'ones' of shop 1.2",
    ]


def test_the_hook_must_return_a_list(modules: PluginModules) -> None:
    @hookimpl
    def interlock_functions() -> object:
        return HEAT_INDEX

    modules.add("bad", interlock_functions=interlock_functions)
    [problem] = load_plugins(entry_points_of(bads="bad")).problems
    assert problem.reason == "its hook interlock_functions failed: it must return a list of functions"


def test_a_site_has_the_functions_of_the_plugins(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # type: ignore[arg-type]
    site = SiteFolder(FAKES).sound(HEADER)
    assert list(site.functions) == ["heat_index", "explode", "nothing"]


def test_an_authors_type_is_that_of_the_expressions() -> None:
    assert (
        Function(
            name="one", description="One.", parameters=(), result=Type(Kind.NUMBER), compute=lambda view: 1
        ).usage
        == "one()"
    )
