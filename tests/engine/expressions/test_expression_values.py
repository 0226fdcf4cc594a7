"""Known answers: what expressions come to."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.expressions import Evaluation
from interlock.model import Value
from support.expression_house import NOON, compiled, reason, truth, value, view

KNOWN: dict[str, Value] = {
    "living_thermostat.actualtemp": 26.5,
    "living_thermostat.tempmode": "comfort",
    "living_ac.hvacpower": True,
    "living_ac.hvacmode": "cooling",
    "window.power": False,
    "meter.value": 7.5,
    "meter.count": 7,
    "meter.label": "Cellar",
    "meter.start": NOON - timedelta(hours=2),
    "meter.span": timedelta(minutes=5),
    "lamp.color": (10, 20, 30),
}

VALUES: list[tuple[str, Value]] = [
    ("living_thermostat.actualtemp > 26", True),
    ("living_thermostat.actualtemp > 26.5", False),
    ("living_thermostat.actualtemp >= 26.5", True),
    ("living_thermostat.actualtemp < 26.5", False),
    ("living_thermostat.actualtemp <= 26.5", True),
    ("meter.count == 7", True),
    ("meter.count != 7", False),
    ("6 < meter.count < 8", True),
    ("6 < meter.count < 7", False),
    ("8 < meter.count < 9", False),
    ("meter.count in [1, 7]", True),
    ("meter.count not in (1, 7)", False),
    ("'ell' in meter.label", True),
    ("20 in lamp.color", True),
    ("lamp.color == [10, 20, 30]", True),
    ("[meter.count, 1]", (7, 1)),
    ("[]", ()),
    ("living_ac.hvacmode == 'Cooling'", True),
    ("'COOLING' == living_ac.hvacmode", True),
    ("living_ac.hvacmode in ['auto', 'Cooling']", True),
    ("living_ac.hvacmode != ' heating '", True),
    ("living_ac.hvacpower == 'on'", True),
    ("living_ac.hvacpower == 'Yes'", True),
    ("living_ac.hvacpower == true", True),
    ("window.power == 'off'", True),
    ("window.power == ' no '", True),
    ("window.power != 'false'", False),
    ("window.power in ['on', true]", False),
    ("meter.label == 'Cellar'", True),
    ("meter.label == 'cellar'", False),
    ("meter.value + meter.count", 14.5),
    ("meter.value - 1", 6.5),
    ("meter.value * 2", 15.0),
    ("meter.count / 2", 3.5),
    ("meter.count // 2", 3),
    ("meter.count % 4", 3),
    ("meter.count ** 2", 49),
    ("2 ** -1", 0.5),
    ("-meter.count", -7),
    ("+meter.count", 7),
    ("-5", -5),
    ("+5", 5),
    ("-meter.span", timedelta(minutes=-5)),
    ("meter.span + '5m'", timedelta(minutes=10)),
    ("'5m' + meter.span", timedelta(minutes=10)),
    ("meter.span - meter.span", timedelta()),
    ("meter.span * 2", timedelta(minutes=10)),
    ("2 * meter.span", timedelta(minutes=10)),
    ("meter.span / 5", timedelta(minutes=1)),
    ("meter.span / meter.span", 1.0),
    ("meter.span > '299s'", True),
    ("'5m' == meter.span", True),
    ("now() - meter.start", timedelta(hours=2)),
    ("meter.start + '2h' == now()", True),
    ("'2h' + meter.start == now()", True),
    ("now() - '2h' == meter.start", True),
    ("now() > meter.start", True),
    ("'on' if living_ac.hvacpower else 'off'", "on"),
    ("meter.label ~ ' ' ~ meter.value ~ ' ' ~ window.power", "Cellar 7.5 off"),
    ("'at ' ~ now()", "at 2026-07-14T12:00:00+02:00"),
    ("living_thermostat['tempmode']", "comfort"),
    ("broken_device.x == 'on'", True),
    ("'off' == broken_device.x", False),
    ("broken_device.x != 'off'", True),
    ("broken_device.x == living_ac.hvacpower", True),
    ("broken_device.x == 'cooling'", False),
    ("broken_device.y == 'on'", False),
    ("broken_device.x in ['ON', 3]", True),
    ("broken_device.x in ['off', 3]", False),
    ("broken_device.x not in ['on', 3]", False),
    ("broken_device.y in [2, 3]", True),
    ("broken_device.y + 1", 4),
    ("max(broken_device.y, 2)", 3),
    ("broken_device.y > 2", True),
    ("{'cooling': 1, 'Heating': 2}[living_ac.hvacmode]", 1),
    ("{7: 'seven', 8: 'eight'}[meter.count]", "seven"),
    ("meter.label[0]", "C"),
    ("lamp.color[1]", 20),
    ("meter.label.lower()", "cellar"),
    ("meter.label.upper()", "CELLAR"),
    ("meter.label.strip('C')", "ellar"),
    ("meter.label.startswith('Ce')", True),
    ("meter.label.endswith('Ce')", False),
    ("meter.span.seconds", 300),
    ("meter.span.days", 0),
    ("meter.span.total_seconds()", 300.0),
    ("now().hour", 12),
    ("now().minute", 0),
    ("now().second", 0),
    ("now().day", 14),
    ("now().month", 7),
    ("now().year", 2026),
    ("now().weekday()", 1),
    ("now().isoweekday()", 2),
    ("now().timestamp()", NOON.timestamp()),
    ("now().isoformat()", "2026-07-14T12:00:00+02:00"),
    ("now().strftime('%H:%M')", "12:00"),
    ("meter.start.hour", 10),
    ("broken_device.t.hour", 12),
    ("broken_device.t.isoweekday()", 2),
    ("meter.label | title", "Cellar"),
    ("'a b' | capitalize", "A b"),
    ("' a ' | trim", "a"),
    ("meter.label | first", "C"),
    ("lamp.color | last", 30),
    ("lamp.color | length", 3),
    ("lamp.color | sum", 60),
    ("[3, meter.count, 1] | sort", (1, 3, 7)),
    ("meter.count is even", False),
    ("meter.count is odd", True),
    ("meter.count is divisibleby(7)", True),
    ("meter.count is not divisibleby 7", False),
    ("meter.label is lower", False),
    ("'X' is upper", True),
    ("meter.count is number", True),
    ("meter.label is string", True),
    ("window.power is boolean", True),
    ("{{ meter.count + 1 }}", 8),
    ("{{- meter.count -}}", 7),
    ("meter.label ~ ' }}'", "Cellar }}"),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_an_expression_comes_to(text: str, expected: Value) -> None:
    further: dict[str, Value] = {"broken_device.x": True, "broken_device.y": 3, "broken_device.t": NOON}
    result = compiled(text).evaluate(view(KNOWN | further))
    assert (result, type(result.value)) == (Evaluation(expected), type(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / meter.value", "it cannot be computed: division by zero"),
        ("(meter.count - 10) ** 0.5", "it cannot be computed: a root of a negative number"),
        ("meter.count ** 10000", "it cannot be computed: the power is too large"),
        ("broken_device.word * 3", "it cannot be computed: 'abc' is no number"),
        ("3 % broken_device.word", "it cannot be computed: 'abc' is no number"),
        ("broken_device.on + 1", "it cannot be computed: 'True' is no number"),
        ("broken_device.word is even", "it cannot be computed: 'abc' is no number"),
        (
            "broken_device.word > 3",
            "it cannot be computed: '>' not supported between instances of 'str' and 'int'",
        ),
        ("lamp.color[5]", "tuple object has no element 5"),
        ("{1: 2}[meter.count]", "dict object has no element 7"),
        (
            "10 ** 300 * 1e10 + 2 ** meter.count * 10 ** 300 ** 2",
            "it cannot be computed: the power is too large",
        ),
        ("int(meter.label)", "it cannot be computed: could not convert string to float: 'x'"),
    ],
)
def test_what_cannot_be_computed_is_unknown_and_says_why(text: str, expected: str) -> None:
    known: dict[str, Value] = {
        "meter.value": 0,
        "meter.count": 7,
        "broken_device.word": "abc",
        "broken_device.on": True,
        "meter.label": "x",
        "lamp.color": (1, 2, 3),
    }
    assert compiled(text).evaluate(view(known)) == Evaluation(None, expected)
    assert compiled(f"{text} or window.power").truth(view(known)) is None


def test_an_infinite_result_is_unknown() -> None:
    found = compiled("1e308 * meter.value").evaluate(view({"meter.value": 10.0}))
    assert found == Evaluation(None, "it cannot be computed: the result is inf")


def test_a_result_that_no_point_can_hold_is_unknown() -> None:
    found = compiled("broken_device.x").evaluate(view({"broken_device.x": object()}))  # type: ignore[dict-item]
    assert found == Evaluation(None, "it cannot be computed: the result is no value")


def test_the_reason_names_each_unknown_point_once() -> None:
    text = "meter.value > 3 and window.power and meter.value < 9"
    assert reason(text) == "meter.value was never read; window.power was never read"


def test_the_reason_names_the_error_of_an_operand_beside_an_unknown_point() -> None:
    assert reason("1 / meter.value > 3 or window.power", meter__value=0) == (
        "it cannot be computed: division by zero; window.power was never read"
    )


def test_the_reason_leaves_out_what_was_not_needed() -> None:
    assert (
        reason("meter.value if window.power else meter.count", window__power=True)
        == "meter.value was never read"
    )


def test_what_is_known_has_no_reason() -> None:
    assert reason("window.power or meter.value > 3", window__power=True) == ""


def test_instants_are_compared_as_instants_in_the_repeated_hour() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    later = first + timedelta(minutes=45)
    seen = view({"meter.start": first}, now=later)
    assert compiled("now() > meter.start").truth(seen) is True
    assert compiled("now() - meter.start").evaluate(seen).value == timedelta(minutes=45)
    assert compiled("now().hour").evaluate(seen).value == 2


@pytest.mark.parametrize(
    ("text", "expected"), [("window.power == 'off'", True), ("window.power == 'on'", False)]
)
def test_words_for_switches_are_booleans(text: str, expected: bool) -> None:
    assert truth(text, window__power=False) is expected


def test_infinity_in_the_text_is_a_number() -> None:
    assert truth("meter.value < 1e999", meter__value=1.0) is True


def test_a_word_with_quotes_and_backslashes_stays_itself() -> None:
    assert value(r"""meter.label ~ '"\'\\ {0}'""", meter__label="x") == "x\"'\\ {0}"
