"""Variables: further names that have a value of their own."""

from interlock.expressions import VARIABLES, Type, compile_expression, with_names
from interlock.expressions.types import ANY, NUMBER, Kind
from support.expression_house import HOUSE, problems, view

SCOPE = HOUSE.extended(variables={"target": NUMBER, "what": ANY})


def test_a_variable_has_the_value_that_the_view_brings() -> None:
    seen = with_names(view({"meter.value": 20.0}), {VARIABLES: {"target": 21.5}})
    assert compile_expression("target - meter.value", SCOPE).evaluate(seen).value == 1.5


def test_a_variable_without_a_value_is_unknown_and_says_so() -> None:
    compiled = compile_expression("target > 3", SCOPE)
    assert compiled.truth(view()) is None
    assert compiled.evaluate(with_names(view(), {VARIABLES: {}})).reason == "target has no value here"


def test_a_variables_type_is_checked() -> None:
    (problem,) = problems("target == 'hot'", SCOPE)
    assert "number" in problem.message


def test_a_condition_on_a_variable_is_not_always_the_same() -> None:
    assert problems("target > 3", SCOPE) == ()


def test_the_nearest_name_may_be_a_variable() -> None:
    (problem,) = problems("targt > 3", SCOPE)
    assert (problem.message, problem.hint) == ("there is no 'targt'", "did you mean 'target'?")


def test_a_scope_keeps_what_it_had_before() -> None:
    further = SCOPE.extended(names={"rule": {"count": NUMBER}}, variables={"target": Type(Kind.TEXT)})
    assert compile_expression("what == 1 and trigger.value == 2 and rule.count == 3", further).type.kind is (
        Kind.BOOLEAN
    )
    assert problems("target == 'hot'", further) == ()


def test_equal_texts_of_two_scopes_are_not_mixed_up() -> None:
    number = compile_expression("target", SCOPE)
    word = compile_expression("target", SCOPE.extended(variables={"target": Type(Kind.TEXT)}))
    assert (number.type.kind, word.type.kind) == (Kind.NUMBER, Kind.TEXT)


def test_the_devices_of_a_scope_are_gathered_once() -> None:
    assert SCOPE.controllers("window") == ("power",)
    assert SCOPE._devices is HOUSE._devices
