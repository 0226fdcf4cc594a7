"""What is refused when an expression is compiled, and which piece of the text is marked."""

from dataclasses import replace

import pytest
from pydantic import Field

from interlock.driver import Device, DeviceSettings
from interlock.errors import Severity
from interlock.expressions import ExpressionError, ExpressionProblem, Scope, compile_expression
from interlock.model import Point
from support.expression_house import HOUSE, house_targets, marked, problems

NO_QUOTES = "a word stands in quotes: 'cooling'"
MODES = "cooling, heating, dry, fan or auto"

NAMES = [
    (
        "living_ac.hvacmod == 'cooling'",
        "living_ac.hvacmod",
        "device 'living_ac' (hvac) has no controller 'hvacmod'",
        "did you mean 'hvacmode'?",
    ),
    (
        "living_ac.xyz == 1",
        "living_ac.xyz",
        "device 'living_ac' (hvac) has no controller 'xyz'",
        "it has hvacpower, hvacmode",
    ),
    (
        "1 < livin_ac.hvacmode",
        "livin_ac.hvacmode",
        "there is no device 'livin_ac'",
        "did you mean 'living_ac'?",
    ),
    (
        "meter['valu'] > 1",
        "meter['valu']",
        "device 'meter' (analog) has no controller 'valu'",
        "did you mean 'value'?",
    ),
    (
        "window > 3",
        "window",
        "'window' is a device: name one of its controllers",
        "it has window.power",
    ),
    ("living_ac.hvacmode == cooling", "cooling", "there is no 'cooling'", NO_QUOTES),
    ("window.power == on", "on", "there is no 'on'", "a word stands in quotes: 'on'"),
    ("windo == 1", "windo", "there is no 'windo'", "did you mean 'window'?"),
    ("now > 3", "now", "'now' is a function", "write now()"),
    ("age > 3", "age", "'age' is a function", "write age('point')"),
    (
        "trigger == 1",
        "trigger",
        "'trigger' has no value of its own",
        "it has trigger.point, trigger.device, trigger.value, trigger.was, trigger.id, trigger.at, "
        "trigger.origin, trigger.rule, trigger.data",
    ),
    ("trigger.valu == 1", "trigger.valu", "'trigger' has no 'valu'", "did you mean 'value'?"),
    (
        "trigger.zzz == 1",
        "trigger.zzz",
        "'trigger' has no 'zzz'",
        "it has point, device, value, was, id, at, origin, rule, data",
    ),
    (
        "blind.updown == 'up'",
        "blind.updown",
        "blind.updown can only be written, it has no value to read",
        "",
    ),
    (
        "none == meter.value",
        "none",
        "'none' is no value",
        "ask available('device.controller') whether a point has a value",
    ),
]

COMPARISONS = [
    (
        "living_thermostat.actualtemp == 'hot'",
        "'hot'",
        "living_thermostat.actualtemp is a number and can never be 'hot'",
        "",
    ),
    (
        "meter.value > '26'",
        "'26'",
        "meter.value is a number and can never be '26'",
        "write 26 without quotes",
    ),
    (
        "'colling' == living_ac.hvacmode",
        "'colling'",
        f"living_ac.hvacmode can never be 'colling': it is {MODES}",
        "did you mean 'cooling'?",
    ),
    (
        "living_ac.hvacmode in ['cooling', 'standby']",
        "'standby'",
        f"living_ac.hvacmode can never be 'standby': it is {MODES}",
        "",
    ),
    ("meter.value in [1, lamp.color]", "lamp.color", "a number can never equal a list", ""),
    (
        "living_ac.hvacpower == 'onn'",
        "'onn'",
        "living_ac.hvacpower is on or off and can never be 'onn'",
        "did you mean 'on'?",
    ),
    (
        "window.power != 1",
        "1",
        "on or off can never equal a number",
        "compare with 'on' or 'off', or with nothing at all",
    ),
    (
        "window.power > 0",
        "0",
        "on or off has no order: it is neither more nor less than another",
        "",
    ),
    (
        "living_ac.hvacmode > 'heating'",
        "'heating'",
        "a word has no order: it is neither more nor less than another",
        "",
    ),
    (
        "meter.label < meter.label",
        "meter.label",
        "a word has no order: it is neither more nor less than another",
        "",
    ),
    (
        "age('meter.value') > 10",
        "10",
        "a duration cannot be compared with a number",
        "a duration needs its unit, such as '10m'",
    ),
    (
        "10 == age('meter.value')",
        "10",
        "a number can never equal a duration",
        "a duration needs its unit, such as '10m'",
    ),
    (
        "meter.span > '10'",
        "'10'",
        "'10' is no duration: write for example 30s, 5m, 1h30m or 2d",
        "",
    ),
    (
        "now() > '18:00'",
        "'18:00'",
        "now() is an instant and can never be '18:00'",
        "write today_at('18:00')",
    ),
    (
        "living_ac.hvacmode == living_thermostat.tempmode",
        "living_ac.hvacmode",
        f"{MODES} can never equal standby or comfort",
        "",
    ),
    ("meter.value in 'abc'", "meter.value", "a number is never in a word", ""),
    (
        "meter.value in meter.count",
        "meter.count",
        "meter.count is a number: 'in' needs a list or a word",
        "",
    ),
    (
        "window.power or 'heating'",
        "'heating'",
        "'heating' is a word and no condition",
        "compare it with ==",
    ),
    ("not meter.label", "meter.label", "meter.label is a word and no condition", "compare it with =="),
    (
        "1 if meter.label else 2",
        "meter.label",
        "meter.label is a word and no condition",
        "compare it with ==",
    ),
]

OPERATIONS = [
    ("meter.label + 3 == 4", "meter.label + 3", "'+' cannot join a word and a number", "join words with ~"),
    ("3 - meter.label == 4", "3 - meter.label", "'-' cannot join a number and a word", ""),
    ("'x' * 1000000000", "'x' * 1000000000", "'*' cannot join a word and a number", ""),
    (
        "meter.label % 1",
        "meter.label % 1",
        "'%' cannot join a word and a number",
        "",
    ),
    (
        "window.power + 1",
        "window.power + 1",
        "'+' cannot join on or off and a number",
        "",
    ),
    ("now() + now()", "now() + now()", "'+' cannot join an instant and an instant", ""),
    ("now() - '5x'", "now() - '5x'", "'-' cannot join an instant and a word", ""),
    ("-window.power", "window.power", "'-' needs a number, and this is on or off", ""),
    (
        "meter.value if window.power",
        "meter.value if window.power",
        "'if' has no 'else'",
        "say what it is otherwise: … else …",
    ),
    ("{'a': 1}", "{'a': 1}", "a dictionary is no value", "choose from it: {…}[device.controller]"),
    ("{}[meter.label]", "{}", "there is nothing to choose from", ""),
    (
        "{'cold': 1}[living_ac.hvacmode]",
        "'cold'",
        f"living_ac.hvacmode can never be 'cold': it is {MODES}",
        "",
    ),
    ("meter.value[0]", "meter.value", "a number has no items", ""),
    ("meter.label[0:2]", "meter.label[0:2]", "a piece of a list cannot be cut out here", ""),
    ("1 / 0 > 3", "1 / 0 > 3", "it cannot be computed: division by zero", ""),
]

CALLS = [
    ("agee('meter.value') > '1m'", "agee", "there is no function 'agee'", "did you mean 'age'?"),
    ("cycler('a')", "cycler", "there is no function 'cycler'", ""),
    (
        "is_state('meter.value', 'on')",
        "is_state",
        "there is no function 'is_state'",
        "compare the point: device.controller == 'word'",
    ),
    ("window.power()", "window.power", "window.power is no function", "leave the brackets out"),
    (
        "window.powr()",
        "window.powr",
        "device 'window' (light) has no controller 'powr'",
        "did you mean 'power'?",
    ),
    ("meter.label.lower()()", "meter.label.lower()()", "this is no function", ""),
    (
        "age(meter.value) > '1m'",
        "meter.value",
        "a point in quotes is expected here",
        "write 'meter.value'",
    ),
    ("age(3) > '1m'", "3", "a point in quotes is expected here", ""),
    (
        "age('meter.valu') > '1m'",
        "meter.valu",
        "device 'meter' (analog) has no controller 'valu'",
        "did you mean 'value'?",
    ),
    (
        "available('living_ac')",
        "'living_ac'",
        "'living_ac' is no point: it is written device.controller",
        "'living_ac.hvacpower' or 'living_ac.hvacmode'",
    ),
    (
        "available('blind.updown')",
        "blind.updown",
        "blind.updown can only be written, it has no value to read",
        "",
    ),
    ("available()", "available", "it is called available('point')", ""),
    ("clamp(1, 2)", "clamp", "it is called clamp(value, low, high)", ""),
    ("round(1, 2, 3)", "round", "it is called round(value, digits)", ""),
    ("round(meter.value, digit=1)", "round", "it is called round(value, digits)", ""),
    ("round(1, value=1)", "round", "it is called round(value, digits)", ""),
    ("min()", "min", "it is called min(values, …)", ""),
    ("min(*[1, 2])", "min(*[1, 2])", "min takes plain arguments only", ""),
    ("abs('a')", "'a'", "a number is expected here, and this is a word", ""),
    ("int(window.power)", "window.power", "a number or a word is expected here, and this is on or off", ""),
    (
        "between('25:00', '06:00')",
        "'25:00'",
        "'25:00' is no time of day: write for example 07:30",
        "",
    ),
    ("today_at(7) > now()", "7", "a time of day is expected here, and this is a number", ""),
    (
        "meter.value | default(3) > 1",
        "default",
        "there is no filter 'default'",
        "an unknown stays unknown: write x if available('device.controller') else 20",
    ),
    ("meter.value | rund > 1", "rund", "there is no filter 'rund'", "did you mean 'round'?"),
    ("meter.value | available", "available", "there is no filter 'available'", ""),
    ("meter.value | title", "meter.value", "'title' cannot be used on a number", ""),
    (
        "meter.label | trim(chars='x')",
        "meter.label | trim(chars='x')",
        "'trim' takes plain arguments only",
        "",
    ),
    (
        "meter.value is defined",
        "defined",
        "there is no test 'defined'",
        "write available('device.controller')",
    ),
    ("meter.value is evn", "evn", "there is no test 'evn'", "did you mean 'even'?"),
    ("meter.label is even", "meter.label", "'even' cannot be used on a word", ""),
    ("now().hours", "now().hours", "an instant has no 'hours'", "did you mean 'hour'?"),
    ("now().hour()", "now().hour", "an instant has no 'hour'", "write hour without brackets"),
    ("now().weekday", "now().weekday", "an instant has no 'weekday'", "write weekday()"),
    ("meter.span.zzz", "meter.span.zzz", "a duration has no 'zzz'", "it has days, seconds"),
    ("meter.value.real", "meter.value.real", "a number has no 'real'", ""),
]

SYNTAX = [
    ("", "", "there is no expression", ""),
    ("{{ }}", "{", "there is no expression", ""),
    ("meter.value >", "", "the expression ends too early", ""),
    ("(meter.value", "", "the expression ends without its ')'", ""),
    ("meter.value > 3)", ")", "unexpected ')'", ""),
    ("meter.value && 3", "&", "unexpected character '&'", "write 'and'"),
    (
        "meter.value || 3",
        "|",
        "unexpected '|'",
        "write 'or' between conditions; a single | is a filter",
    ),
    ("between(07:00, '08:00')", "7", "expected ','", "a time of day stands in quotes: '07:00'"),
    ("meter.value => 3", "=", "unexpected '='", "write >= to compare"),
    ("meter.value =< 3", "=", "unexpected '='", "write <= to compare"),
    ("meter.value > 26°C", "°", "unexpected character '°'", "a number stands without its unit"),
    ("meter.value > 26,5", ",", "unexpected ','", "a number has a point: 26.5"),
    ("age('meter.value') > 10m", "m", "unexpected 'm'", "a duration stands in quotes: '10m'"),
    ("age('meter.value') > 10min", "min", "unexpected 'min'", "a duration stands in quotes: '10min'"),
    ("meter.value between 3", "between", "unexpected 'between'", "write 18 <= device.controller <= 26"),
    ("window.power AND 1", "AND", "unexpected 'AND'", "write 'and'"),
    ("meter.value = 3", "=", "unexpected '='", "write == to compare"),
    ("!window.power", "!", "unexpected character '!'", "write 'not', or != to compare"),
    ("meter.value greater 3", "greater", "unexpected 'greater'", ""),
    ("{{ meter.value", "{{", "the braces {{ are not closed", "write }} behind the expression"),
    ("  {{- meter.value", "{{", "the braces {{ are not closed", "write }} behind the expression"),
    (
        "{{ meter.value }} and {{ window.power }}",
        "}",
        "unexpected '}}'",
        "braces stand around the whole expression or not at all",
    ),
    ("'\\x' == 'a'", "'", "truncated \\xXX escape", ""),
]


@pytest.mark.parametrize(
    ("text", "piece", "message", "hint"), NAMES + COMPARISONS + OPERATIONS + CALLS + SYNTAX
)
def test_a_mistake_is_marked_and_explained(text: str, piece: str, message: str, hint: str) -> None:
    assert marked(text) == [(piece, message, hint)]


@pytest.mark.parametrize(("text", "piece", "message", "hint"), NAMES + COMPARISONS + OPERATIONS[:-1] + CALLS)
def test_a_mistake_inside_a_larger_expression_is_still_one(
    text: str, piece: str, message: str, hint: str
) -> None:
    assert marked(f"[{text}] == lamp.color and meter.value > 3") == [(piece, message, hint)]
    assert marked(f"meter.value if window.power else ({text})") == [(piece, message, hint)]
    assert marked(f"([{text}] | length) + 1 > 3") == [(piece, message, hint)]


@pytest.mark.parametrize("text", ["windw.power", "window.powr()", "1 in 2", "-meter.label", "meter.value.x"])
def test_one_mistake_leads_to_no_other(text: str) -> None:
    for larger in ("{} > 3", "'on' == {}", "{} + 3", "-{}", "{} in [1]", "1 in {}", "{}.hour", "{}.lower()"):
        assert len(problems(larger.format(f"({text})"))) == 1
    for larger in (
        "round({})",
        "{} | title",
        "{} is even",
        "not {}",
        "{}[0]",
        "{{1: 2}}[{}]",
        "today_at({})",
    ):
        assert len(problems(larger.format(f"({text})"))) == 1


def test_every_mistake_is_reported_at_once_each_at_its_own_place() -> None:
    assert problems("living_ac.hvacmod == 'x' or living_ac.hvacmod == 'y' or windw.power") == (
        ExpressionProblem(
            0, 17, "device 'living_ac' (hvac) has no controller 'hvacmod'", "did you mean 'hvacmode'?"
        ),
        ExpressionProblem(
            28, 17, "device 'living_ac' (hvac) has no controller 'hvacmod'", "did you mean 'hvacmode'?"
        ),
        ExpressionProblem(56, 11, "there is no device 'windw'", "did you mean 'window'?"),
    )


def test_offsets_count_in_the_text_with_its_braces() -> None:
    text = "  {{-  meter.value == 'hot' }}"
    assert [problem.offset for problem in problems(text)] == [text.index("'hot'")]


def test_a_mistake_in_a_later_line_is_marked_there() -> None:
    text = "meter.value > 3\n  and windw.power"
    assert [problem.offset for problem in problems(text)] == [text.index("windw")]


def test_what_is_between_brackets_is_marked_with_them() -> None:
    assert marked("(now() + now()) == now()") == [
        ("now() + now()", "'+' cannot join an instant and an instant", "")
    ]


def test_the_error_lists_its_messages_and_not_the_warnings() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("living_thermostat.setpoint > 50 and windw.power and 'a'", HOUSE)
    assert str(caught.value) == "there is no device 'windw'; 'a' is a word and no condition"
    assert [problem.severity for problem in caught.value.problems] == [
        Severity.WARNING,
        Severity.ERROR,
        Severity.ERROR,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "not " * 60 + "window.power",
        "(" * 5000 + "1" + ")" * 5000,
        "window.power or " + " - ".join(["meter.value"] * 2000) + " > 1",
        " - ".join(["meter.value"] * 60) + " > 1",
    ],
    ids=["prefix", "brackets", "long chain", "chain"],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    assert [message for _, message, _ in marked(text)] == ["the expression is nested too deeply"]


def test_what_is_nested_as_deeply_as_allowed_runs() -> None:
    nested = "window.power"
    for _ in range(18):
        nested = f"(window.power and (meter.value > 1 or {nested}))"
    assert problems(nested) == ()


@pytest.mark.slow
def test_a_long_chain_of_and_is_not_deep() -> None:
    # More than Python's own limit of recursion.
    assert problems(" and ".join(["window.power"] * 1200)) == ()
    assert problems("meter.value > 1 or " + " and ".join(["window.power"] * 1200)) == ()


def test_a_giant_number_is_refused() -> None:
    assert [message for _, message, _ in marked("9" * 5000 + " > 1")] == [
        "the expression has a number with too many digits"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "broken_device.anything > 3",
        "broken_device.anything == 'word' or broken_device.other",
        "age('broken_device.anything') > '10m'",
        "-broken_device.x + 3 > broken_device.y",
        "broken_device.x.hour == 3 and broken_device.x.lower() == 'a'",
    ],
)
def test_a_device_with_faults_of_its_own_is_not_reported_again(text: str) -> None:
    assert problems(text) == ()


def test_a_misspelt_name_is_compared_with_devices_that_have_faults_too() -> None:
    assert marked("broken_devise.x > 1")[0][2] == "did you mean 'broken_device'?"


class StripSettings(DeviceSettings):
    index: int | None = Field(None, description="the strip's index, which switches on hue and colors")


@pytest.mark.parametrize(
    ("controller", "hint"),
    [
        ("hue", "its setting 'index' is the strip's index, which switches on hue and colors"),
        ("color", "it has power"),
        ("powr", "did you mean 'power'?"),
        ("type", "it has power"),
    ],
)
def test_a_controller_that_a_setting_would_bring_is_explained_by_it(controller: str, hint: str) -> None:
    target = house_targets()[Point("window.power")]
    strip = Device(name="strip", connection="house", type="strip", settings=StripSettings())
    scope = Scope({Point("strip.power"): replace(target, point=Point("strip.power"), device=strip)})
    [problem] = problems(f"strip.{controller} == 1", scope)
    assert problem.hint == hint


def test_a_scope_without_a_trigger_does_not_know_it() -> None:
    found = problems("trigger.value == 1", Scope(house_targets()))
    assert [problem.message for problem in found] == ["there is no device 'trigger'"]


ALWAYS = [
    ("living_thermostat.setpoint > 50", "50", "false"),
    ("50 < living_thermostat.setpoint", "50", "false"),
    ("living_thermostat.setpoint > 40", "40", "false"),
    ("living_thermostat.setpoint < 5", "5", "false"),
    ("living_thermostat.setpoint < 50", "50", "true"),
    ("living_thermostat.setpoint >= 5", "5", "true"),
    ("living_thermostat.setpoint <= 40", "40", "true"),
    ("living_thermostat.setpoint == 41", "41", "false"),
    ("living_thermostat.setpoint != 4", "4", "true"),
]


@pytest.mark.parametrize(("text", "piece", "truth"), ALWAYS)
def test_a_comparison_that_the_range_decides_is_a_warning(text: str, piece: str, truth: str) -> None:
    found = problems(text)
    assert marked(text) == [
        (piece, f"this is always {truth}: living_thermostat.setpoint is from 5 to 40", "")
    ]
    assert [problem.severity for problem in found] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("28 < meter.value < 26", "28 is never < 26"),
        ("26 > meter.value >= 28", "26 is never > 28"),
        ("5 <= meter.value <= 4", "5 is never <= 4"),
        ("5 <= meter.value < 5", "5 is never < 5"),
        ("41 <= meter.value < living_thermostat.setpoint", "41 is never < from 5 to 40"),
    ],
)
def test_a_chain_that_never_holds_is_a_warning(text: str, reason: str) -> None:
    assert marked(text) == [(text, f"this is always false: {reason}", "")]
    assert [problem.severity for problem in problems(text)] == [Severity.WARNING]


@pytest.mark.parametrize(
    "text",
    [
        "26 < meter.value < 28",
        "5 <= meter.value <= 5",
        "28 > meter.value > 26",
        "28 < meter.value > 26",
        "28 != meter.value < 26",
        "broken_device.x < meter.value < 26",
        "today_at('08:00') < now() < today_at('07:00')",
    ],
)
def test_a_chain_that_can_hold_is_none(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "living_thermostat.setpoint > 39.5",
        "living_thermostat.setpoint >= 40",
        "living_thermostat.setpoint <= 5",
        "living_thermostat.setpoint == 40",
        "living_thermostat.setpoint != 5",
        "living_thermostat.actualtemp > 1000",
        "true",
        "3",
        "'a' ~ 1",
    ],
)
def test_a_comparison_that_can_go_either_way_is_no_warning(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "piece", "message"),
    [
        ("1 > 2", "2", "this is always false"),
        ("2 == 2", "2", "this is always true"),
        ("not true", "true", "this is always false"),
        ("'a' in 'abc'", "'a' in 'abc'", "this is always true"),
    ],
)
def test_a_condition_that_reads_nothing_is_a_warning(text: str, piece: str, message: str) -> None:
    assert [(piece, message) for piece, message, _ in marked(text)] == [(piece, message)]
    assert [problem.severity for problem in problems(text)] == [Severity.WARNING]
