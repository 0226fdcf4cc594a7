"""Which numbers points have to pass before an expression can become another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.expressions import compile_expression
from interlock.expressions.view import EmptyView
from interlock.model import Point
from support.expression_house import HOUSE

VALUE, COUNT = Point("meter.value"), Point("meter.count")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("meter.value > 26", {26}),
        ("26.5 != meter.value", {26.5}),
        ("not meter.value <= -5", {-5}),
        ("18 < meter.value < 26 or meter.value == 30", {18, 26, 30}),
        ("meter.value > 26 if meter.value < 2 else meter.value >= 28", {2, 26, 28}),
        ("meter.value > 26 and meter.count > 2", set()),
        ("meter.value > 26 and window.power", set()),
        ("meter.value > 26 and meter.value + 1 > 3", set()),
        ("meter.value > 26 and meter.value in [30, 31]", set()),
        ("meter.value > 26 and age('meter.value') > '5m'", set()),
        ("meter.value > 26 and between('07:30', '18:30')", set()),
        ("max(meter.value, 1) > 2", set()),
        ("meter.value", set()),
        ("living_ac.hvacmode == 'dry'", set()),
        ("true", set()),
    ],
)
def test_what_only_compares_one_point_with_numbers_says_with_which(text: str, expected: set[float]) -> None:
    assert compile_expression(text, HOUSE).thresholds == expected


_LIMITS = (0, 1, 1.5, 2)
_numbers = st.sampled_from((-1, *_LIMITS, 0.5, 1.2, 1.7, 3, True, float("inf")))
_comparisons = st.builds(
    "{} {} {}".format,
    st.sampled_from((VALUE, VALUE, COUNT)),
    st.sampled_from(("<", "<=", "==", "!=", ">", ">=")),
    st.sampled_from(_LIMITS),
)
_texts = st.recursive(
    st.one_of(_comparisons, st.sampled_from(("0 <= meter.value < 2", "meter.value > meter.count"))),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(("and", "or")), inner),
        st.builds("(not {})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=4,
)


@given(text=_texts, values=st.tuples(_numbers, _numbers), counts=st.tuples(_numbers, _numbers))
def test_between_them_nothing_becomes_another(
    text: str, values: tuple[float, float], counts: tuple[float, float]
) -> None:
    compiled = compile_expression(text, HOUSE)
    assert not compiled.thresholds or len(compiled.points) == 1
    for low, high in (sorted(values), sorted(counts)):
        if not compiled.thresholds or any(low <= each <= high for each in compiled.thresholds):
            continue
        views = [EmptyView(values=dict.fromkeys(compiled.points, each)) for each in (low, high)]
        assert compiled.truth(views[0]) is compiled.truth(views[1])
