"""Both forms of an expression agree with each other, with jinja2, and with what unknown means."""

from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment

from interlock.expressions import ExpressionError, compile_expression
from interlock.model import Truth, Value
from support.expression_house import HOUSE, view

NUMBERS = ("meter.value", "meter.count", "living_thermostat.actualtemp")
SWITCHES = ("window.power", "living_ac.hvacpower")
MODES = ("cooling", "heating", "dry")

numbers = st.deferred(
    lambda: st.one_of(
        st.sampled_from(NUMBERS),
        st.integers(0, 9).map(str),
        st.sampled_from(("0.5", "2.25")),
        st.builds("({} {} {})".format, numbers, st.sampled_from(["+", "-", "*", "/", "//", "%"]), numbers),
        st.builds("({} ** {})".format, numbers, st.integers(0, 3)),
        st.builds("(-{})".format, numbers),
        st.builds("({} if {} else {})".format, numbers, conditions, numbers),
    )
)
ours = st.one_of(
    st.builds("min({}, {})".format, numbers, numbers),
    st.builds("curve({}, [[0, {}], [3, {}]])".format, numbers, numbers, numbers),
    st.builds("{}([{}, {}])".format, st.sampled_from(["avg", "sum"]), numbers, numbers),
    st.builds("{}(known({}, {}))".format, st.sampled_from(["avg", "sum", "max"]), numbers, numbers),
    st.builds("count({}, {})".format, st.deferred(lambda: conditions), st.deferred(lambda: conditions)),
    st.builds("any({}, {})".format, st.deferred(lambda: conditions), st.deferred(lambda: conditions)),
    st.builds("all(known({}, {}))".format, st.deferred(lambda: conditions), st.deferred(lambda: conditions)),
    st.builds("(({} * '1m') / (minutes({}) + '1s'))".format, numbers, numbers),
)
"""What jinja2 itself does not know, or knows as something else."""
words = st.deferred(
    lambda: st.one_of(
        st.just("living_ac.hvacmode"),
        st.builds("('{}' if {} else '{}')".format, st.sampled_from(MODES), conditions, st.just("auto")),
    )
)
comparisons = st.one_of(
    st.builds("({} {} {})".format, numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers),
    st.builds("({} < {} <= {})".format, numbers, numbers, numbers),
    st.builds("({} {} ({}, {}))".format, numbers, st.sampled_from(["in", "not in"]), numbers, numbers),
    st.builds("(living_ac.hvacmode == '{}')".format, st.sampled_from(MODES)),
    st.builds("({} in ['cooling', 'auto'])".format, st.just("living_ac.hvacmode")),
)
conditions: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        st.sampled_from(SWITCHES),
        comparisons,
        st.builds("({} {} {})".format, conditions, st.sampled_from(["and", "or"]), conditions),
        st.builds("(not {})".format, conditions),
    )
)
known = st.fixed_dictionaries(
    {},
    optional={
        **{
            name: st.one_of(st.integers(-3, 3), st.floats(-100, 100).map(lambda x: round(x, 2)))
            for name in NUMBERS
        },
        **{name: st.booleans() for name in SWITCHES},
        "living_ac.hvacmode": st.sampled_from(MODES),
    },
)
complete: dict[str, Value] = dict.fromkeys(NUMBERS, 2) | dict.fromkeys(SWITCHES, True)
_JINJA = SandboxedEnvironment()


def _short(text: str) -> bool:
    return len(text) < 160


few = settings(deadline=None, max_examples=50)


short_conditions, short_numbers = conditions.filter(_short), numbers.filter(_short)


@few
@given(st.one_of(short_conditions, short_numbers, words.filter(_short), ours.filter(_short)), known)
def test_both_forms_come_to_the_same(text: str, values: dict[str, Value]) -> None:
    # It asks for a point, since what reads nothing and cannot be computed is refused as it is compiled.
    text, seen = f"[{text}, available('meter.value')]", view(values)
    inline = compile_expression(text, HOUSE)
    sandboxed = compile_expression(text, HOUSE, in_sandbox=True)
    assert (inline.is_compiled, sandboxed.is_compiled) == (True, False)
    assert inline.evaluate(seen) == sandboxed.evaluate(seen)


@few
@given(short_conditions, known)
def test_both_forms_have_the_same_truth(text: str, values: dict[str, Value]) -> None:
    text, seen = f"window.power or {text}", view(values)
    truth = compile_expression(text, HOUSE).truth(seen)
    assert truth is compile_expression(text, HOUSE, in_sandbox=True).truth(seen)
    assert truth in (True, False, None)


def _by_jinja2(text: str, values: dict[str, Value]) -> Truth:
    devices: dict[str, dict[str, Value]] = {}
    for point, value in values.items():
        device, _, controller = point.partition(".")
        devices.setdefault(device, {})[controller] = value
    return bool(_JINJA.compile_expression(text)(**devices))


@few
@given(short_conditions, known)
def test_where_all_is_known_jinja2_itself_agrees(text: str, values: dict[str, Value]) -> None:
    values = {**complete, "living_ac.hvacmode": "dry", **values}
    text = f"window.power and {text}"
    truth = compile_expression(text, HOUSE).truth(view(values))
    try:
        expected = _by_jinja2(text, values)
    except (ArithmeticError, TypeError):
        return
    assert truth is expected


@few
@given(short_conditions, known, known)
def test_what_is_known_without_a_point_stays_so_whatever_the_point_is(
    text: str, values: dict[str, Value], further: dict[str, Value]
) -> None:
    expression = compile_expression(f"window.power or {text}", HOUSE)
    before = expression.truth(view(values))
    after = expression.truth(view({**further, **values}))
    assert before is None or after is before


@few
@given(short_conditions, short_conditions, known)
def test_the_order_of_operands_never_matters(left: str, right: str, values: dict[str, Value]) -> None:
    seen = view(values)
    for operator in ("and", "or"):
        forth = compile_expression(f"{left} {operator} {right} {operator} window.power", HOUSE)
        back = compile_expression(f"window.power {operator} {right} {operator} {left}", HOUSE)
        assert forth.truth(seen) is back.truth(seen)


@few
@given(st.text(max_size=30))
def test_no_text_does_more_than_raise_an_expression_error(text: str) -> None:
    try:
        compiled = compile_expression(text, HOUSE)
    except ExpressionError as error:
        assert all(0 <= problem.offset <= len(text) for problem in error.problems)
    else:
        compiled.evaluate(view())
