"""Compiled expressions and templates: what they tell, and what they show."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from interlock.expressions import (
    Evaluation,
    ExpressionError,
    ExpressionProblem,
    Scope,
    clauses,
    compile_expression,
    compile_template,
    seen_points,
    with_names,
)
from interlock.expressions.types import Kind
from interlock.expressions.view import EmptyView
from interlock.model import Point, Quality, Reading, Value
from support.expression_house import HOUSE, NOON, ROME, compiled, house_targets, stale, view


def test_an_expression_knows_its_text_without_braces_and_where_it_began() -> None:
    found = compiled("  {{ meter.value > 3 }} ")
    assert (found.text, found.offset) == ("meter.value > 3", 5)


def test_an_expression_knows_every_point_it_names() -> None:
    text = "meter.value > 3 and (window.power or age('lamp.color') > '1m')"
    assert compiled(text).points == {Point("meter.value"), Point("window.power"), Point("lamp.color")}


def test_points_are_the_objects_of_the_site() -> None:
    [point] = compiled("meter.value > 3").points
    assert point is HOUSE.targets[Point("meter.value")].point


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("meter.value > 3", Kind.BOOLEAN),
        ("meter.value + 3", Kind.NUMBER),
        ("meter.label", Kind.TEXT),
        ("now()", Kind.INSTANT),
        ("age('meter.value')", Kind.DURATION),
        ("[1]", Kind.LIST),
        ("trigger.value", Kind.ANY),
        ("1 if window.power else 'x'", Kind.ANY),
    ],
)
def test_an_expression_knows_what_kind_of_value_it_gives(text: str, kind: Kind) -> None:
    assert compiled(text).type.kind is kind


def test_expressions_that_differ_in_points_and_numbers_share_their_code_and_nothing_else() -> None:
    one, other = compiled("meter.value > 3 and window.power"), compiled("meter.value > 4.5 and window.power")
    assert one.truth.__code__ is other.truth.__code__
    seen = view({"meter.value": 4.0, "window.power": True})
    assert (one.truth(seen), other.truth(seen)) == (True, False)


def test_findings_have_their_places_while_another_thread_compiles() -> None:
    texts = [f"{' ' * n}meter.value > {n} and windw.power" for n in range(40)]

    def offsets(texts: list[str]) -> list[int]:
        found = []
        for text in texts:
            with pytest.raises(ExpressionError) as caught:
                compiled(text)
            found.append(caught.value.problems[0].offset)
        return found

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            results = list(threads.map(offsets, [texts] * 8))
    finally:
        sys.setswitchinterval(before)
    assert results == [[text.index("windw") for text in texts]] * 8


def test_equal_texts_are_compiled_once() -> None:
    scope = Scope(house_targets())
    assert compile_expression("meter.value > 3", scope) is compile_expression("meter.value > 3", scope)


def test_a_text_with_errors_fails_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ExpressionError):
            compile_expression("windw.power", HOUSE)


TRIGGER: dict[str, Value] = {"value": True, "point": "window.power", "at": NOON}


def test_a_further_name_is_read_from_the_view() -> None:
    seen = with_names(view({"meter.value": 1.0}), {"trigger": TRIGGER})
    assert compiled("trigger.value == 'on' and meter.value < 2").truth(seen) is True
    assert compiled("trigger.at + '1m'").evaluate(seen).value == NOON + timedelta(minutes=1)


def test_a_further_name_without_a_value_is_unknown() -> None:
    seen = with_names(view(), {"trigger": TRIGGER})
    assert compiled("trigger.was == 3").evaluate(seen) == Evaluation(None, "trigger.was has no value here")
    assert compiled("trigger.was == 3 or window.power").truth(view({"window.power": True})) is True
    assert compiled("trigger.was == 3").truth(with_names(view(), {})) is None


def test_a_view_with_names_passes_everything_else_on() -> None:
    state = view({"meter.value": 1.0})
    state.apply([Reading(point=Point("meter.value"), value=2.0, observed_at=NOON)], NOON)
    named = with_names(state, {})
    assert (named.values, named.now, named.timezone) == (state.values, NOON, ROME)
    assert compiled("previous('meter.value')").evaluate(named).value == 1.0
    assert compiled("age('meter.value')").evaluate(named).value == timedelta()
    assert compiled("changed_for('meter.value')").evaluate(named).value == timedelta()


def test_nothing_is_known_in_an_empty_view() -> None:
    seen = EmptyView()
    assert compiled("meter.value").evaluate(seen).reason == "meter.value was never read"
    assert compiled("previous('meter.value')").evaluate(seen).value is None
    assert compiled("changed_for('meter.value')").evaluate(seen).value is None


def test_seen_points_are_the_values_or_why_there_are_none() -> None:
    seen = view({"window.power": False})
    seen.apply([stale("meter.value", 3.0, timedelta(minutes=5), "no answer")], NOON)
    text = "window.power and meter.value > 3 or lamp.color == [1] or meter.label == 'x'"
    assert seen_points(compiled(text), seen) == (
        (Point("lamp.color"), None, "lamp.color was never read"),
        (Point("meter.label"), None, "meter.label was never read"),
        (Point("meter.value"), None, "meter.value is unknown: no answer since 2026-07-14 11:55:00"),
        (Point("window.power"), False, ""),
    )


def test_a_reading_without_a_reason_says_its_quality() -> None:
    seen = view()
    seen.apply([stale("meter.value", 3.0, timedelta(minutes=5), "")], NOON)
    assert compiled("meter.value").evaluate(seen).reason == (
        f"meter.value is unknown: {Quality.STALE.value} since 2026-07-14 11:55:00"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{ meter.value }}", "7.5"),
        ("it is {{ meter.value - 0.1 - 0.2 }} °C\n", "it is 7.2 °C\n"),
        ("window {{ window.power }}, ac {{ living_ac.hvacmode }}", "window off, ac unknown"),
        ("{{ 'open' if window.power else 'shut' }}!", "shut!"),
        ("at {{ now() }}", "at 2026-07-14T12:00:00+02:00"),
        ("a {{- meter.value -}} b", "a7.5b"),
        ("{# said #}{{ meter.value, window.power }}", "7.5, off"),
        ("{{ 1 / (meter.value - 7.5) }}", "unknown"),
        ("<{{ '<b>' }}>", "<<b>>"),
    ],
)
def test_a_template_shows_values_as_people_write_them(text: str, expected: str) -> None:
    seen = view({"meter.value": 7.5, "window.power": False})
    assert compile_template(text, HOUSE).render(seen) == expected


def test_a_template_knows_the_points_of_all_its_parts() -> None:
    found = compile_template("{{ meter.value }} and {{ age('window.power') }}", HOUSE)
    assert (found.text, found.points, found.reads_time, found.problems) == (
        "{{ meter.value }} and {{ age('window.power') }}",
        {Point("meter.value"), Point("window.power")},
        True,
        (),
    )


def test_a_template_without_points_reads_nothing() -> None:
    found = compile_template("plain", HOUSE)
    assert (found.points, found.reads_time) == (frozenset(), False)


def test_a_template_warns_with_offsets_into_its_own_text() -> None:
    text = "{{ meter.value }} {{ living_thermostat.setpoint > 50 }}"
    assert [problem.offset for problem in compile_template(text, HOUSE).problems] == [text.index("50")]


def test_a_template_reports_the_mistakes_of_all_its_parts() -> None:
    text = "a {{ windw.power }} b {{ meter.value + windw.power }}"
    with pytest.raises(ExpressionError) as caught:
        compile_template(text, HOUSE)
    assert caught.value.problems == tuple(
        ExpressionProblem(offset, 11, "there is no device 'windw'", "did you mean 'window'?")
        for offset in (text.index("windw"), text.rindex("windw"))
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("window.power", ["window.power"]),
        ("{{ window.power and meter.value > 3 }}", ["window.power", "meter.value > 3"]),
        ("window.power or (meter.value > 3 or not window.power)",
         ["window.power", "(meter.value > 3 or not window.power)"]),
        ("(window.power and meter.value > 3)", ["window.power", "meter.value > 3"]),
        ("{{ ((window.power) or (not window.power)) }}", ["(window.power)", "(not window.power)"]),
        ("not (window.power and meter.value > 3)", ["not (window.power and meter.value > 3)"]),
        ("window.power and meter.value > 3 or window.power",
         ["window.power and meter.value > 3", "window.power"]),
        ("meter.label in ['a', 'and'] and -meter.value < 3 and window.power",
         ["meter.label in ['a', 'and']", "-meter.value < 3", "window.power"]),
        ("window.power if window.power and true else false",
         ["window.power if window.power and true else false"]),
    ],
)  # fmt: skip
def test_an_expression_is_taken_apart_at_its_outermost_joints(text: str, expected: list[str]) -> None:
    assert [clause.text for clause in clauses(text, HOUSE)] == expected


@pytest.mark.parametrize(
    "text",
    ['{"a": {"b": {{ meter.value }}}}', "{a} {{- meter.value -}} {b}", "{{ '}}' }}"],
)
def test_braces_that_belong_together_are_text(text: str) -> None:
    assert compile_template(text, HOUSE).problems == ()


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("a {% if window.power %}b{% endif %}", 5, "statements cannot stand here"),
        ("a {{ meter.value", 16, "the expression ends too early"),
        ("a {{ meter.value = 3 }}", 17, "expected token '}}', got '='"),
        ("a {{ meter.value }", 17, "unexpected '}'"),
        ("a { meter.value }}", 17, "this closes nothing"),
        ("a }} b", 2, "this closes nothing"),
        ("{{ meter.value }} }}", 18, "this closes nothing"),
        ("{{ meter.value }}}", 17, "this closes nothing"),
        ("{ a {{ meter.value }} } }", 24, "this closes nothing"),
    ],
)
def test_a_template_that_cannot_be_parsed_is_refused(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template(text, HOUSE)
    assert [(problem.offset, problem.message) for problem in caught.value.problems] == [(offset, message)]
