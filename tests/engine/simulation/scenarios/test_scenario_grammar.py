"""What may stand in a scenario, and what is said of everything else."""

from pathlib import Path

import pytest

from support.scenario_site import ScenarioSite

GOOD = "expect: [{set: lamp.power, times: 0}]"


@pytest.fixture
def site(tmp_path: Path) -> ScenarioSite:
    return ScenarioSite(tmp_path)


def test_all_that_can_happen_is_taken(site: ScenarioSite) -> None:
    assert (
        site.errors(
            """\
given: {thermostat.actualtemp: 24, "*.power": off, switches.power: on, dimmer: unavailable, away.value: on,
        house: away}
timeline:
  "12:10": {house: back, dimmer: available}
  "12:20:30": {thermostat.actualtemp: unavailable, lamp: deaf, window.power: on}
  +25m: {away.value: off, wanted.value: 22}
  "12:30": {telegram 7/0/1 from 1.1.5: on, webhook door: {room: hall, lines: [{count: 2}]}, event left: {}}
  "12:40": [{set: {lamp.power: on}}, {launch: evening}, {start: eggs}]
  "12:50": {override: {lamp.power: on, for: 1h, priority: manual_life_safety}}
  "12:55": {release: lamp.power, run: rings, disable: [cool, warm], enable: cool, cancel: rings}
  "13:00": {service: reload}
  "13:10": {service: power_cut}
  "13:20": {lamp: unavailable, service: on}
  2026-07-15T07:00: {service: off}
until: 2026-07-15T08:00
seed: 3
description: everything""",
            GOOD,
        )
        == []
    )


def test_all_that_can_be_expected_is_taken(site: ScenarioSite) -> None:
    assert (
        site.errors(
            """\
expect:
  - {at: "12:10", set: {ac.hvacmode: cooling, thermostat.setpoint: 21}, within: 1m, tolerance: 0.5}
  - {set: switches.power, times: at most 3, between: ["12:10", "12:20"]}
  - {set: [lamp.power, away.value], times: 0}
  - {launch: evening, times: 1}
  - {press: bell2, times: 1}
  - {refused: {ac.hvacpower: on}, times: at least 2}
  - {notify: "* is in", via: phone, times: 1}
  - {log: somebody}
  - {http: POST, times: 0}
  - {rule: cool, fires: at least 1, at: "12:10"}
  - {never: ac.hvacmode == 'heating', after: 30s}
  - {always: thermostat.actualtemp < 40}
  - {at: "12:10", is: not window.power}
  - {at: "12:10", is: {thermostat.actualtemp: 24.2, ac.hvacmode: auto}, tolerance: 0.1}
  - {nothing_else: true}""".replace("  - {press: bell2, times: 1}\n", "")
        )
        == []
    )


def test_a_scenario_needs_a_name_a_start_and_expectations(site: ScenarioSite) -> None:
    assert [each.partition(" | ")[2].partition(";")[0] for each in site.errors_of("until: '12:10'")] == [
        "a scenario needs 'expect'",
        "a scenario needs 'name'",
        "a scenario needs 'start'",
    ]


@pytest.mark.parametrize("nothing", ["[]", ""])
def test_a_scenario_without_expectations_is_an_error(nothing: str, site: ScenarioSite) -> None:
    assert [each.partition(" | ")[2] for each in site.errors(f"expect: {nothing}")] == [
        "a scenario without expectations would test nothing"
    ]


def test_two_scenarios_cannot_have_one_name(site: ScenarioSite) -> None:
    one = f"name: it\nstart: 2026-07-14T12:00\n{GOOD}"
    [error] = site.errors_of(one, one)
    assert error.startswith("it | two scenarios are called 'it': the first at ")


def test_rows_make_several_scenarios_of_one(site: ScenarioSite) -> None:
    suite = site.suite(
        """\
        name: with {{ what }}
        for_each: {what: [lamp, window]}
        start: 2026-07-14T12:00
        given: {"{{ what }}.power": on}
        expect: [{never: lamp.power and window.power}]
        """
    )
    assert [each.name for each in suite.scenarios] == ["with lamp", "with window"]


def test_rows_whose_scenarios_have_one_name_are_told_so(site: ScenarioSite) -> None:
    [error] = site.errors_of(f"name: it\nfor_each: {{what: [lamp, window]}}\nstart: 2026-07-14T12:00\n{GOOD}")
    assert error.endswith("; put the name of a row into it, such as {{ room }}")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("untill: '12:10'", "untill | unknown key 'untill'; did you mean 'until'?"),
        ("seed: many", "many | 'seed' must be a whole number"),
        ("until: '11:00'", "'11:00' | 11:00 is before the start, 12:00:00; "
            "times without a date are on the first day: is 2026-07-15T11:00 meant?"),
        ("until: '12:00'", "'12:00' | the scenario would be over as soon as it begins"),
        ("until: +500d", "+500d | +500d is more than 400d after the start: no scenario lasts that long"),
        ("until: +5", "+5 | '5' is no duration; write for example 30s, 5m, 1h30m or 2d"),
        ("until: '25:00'", "'25:00' | '25:00' is no time of day; "
            'write a time such as "12:10", a date and time such as 2026-07-15T07:00, '
            "or +10m after the start"),
        ("until: soon", "soon | 'soon' is no time; "
            'write a time such as "12:10", a date and time such as 2026-07-15T07:00, '
            "or +10m after the start"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_time_is_said(line: str, error: str, site: ScenarioSite) -> None:
    assert site.errors(line, GOOD) == [error]


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("noon", "'noon' is no date and time; write a local date and time such as 2026-07-14T12:00"),
        ("2026-02-30T12:00", "'2026-02-30T12:00' is no date and time that there is; "
            "write a local date and time such as 2026-07-14T12:00"),
        ("1026-02-20T12:00", "the year of '1026-02-20T12:00' must be from 1970 to 2199"),
        ("2026-03-29T02:30", "there is no 02:30:00 on 2026-03-29 in Europe/Rome: "
            "clocks are set forward past it"),
    ],
)  # fmt: skip
def test_a_start_that_never_comes_is_an_error(start: str, message: str, site: ScenarioSite) -> None:
    assert site.errors(GOOD, start=start) == [f"{start} | {message}"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("{thermostat.actualtmp: 24}", "thermostat.actualtmp | device 'thermostat' (thermostat) has no "
            "controller 'actualtmp'; did you mean 'actualtemp'?"),
        ("{thermostat.actualtemp: warm}", "warm | actualtemp cannot be 'warm': "
            "it takes a number from -50 to 150 °C"),
        ("{thermostat.setpoint: '{{ 20 }}'}", "'{{ 20 }}' | thermostat.setpoint needs a constant here; "
            "a scenario computes nothing"),
        ('{"*_window.power": on}', "\"*_window.power\" | no point is called like '*_window.power'; "
            "did you mean 'window.power'?"),
        ("{lamp: on}", "lamp | what is given is what points hold; "
            "write 'lamp: unavailable', or a point of it with its value"),
        ("{evening.scenelaunch: launch}", "evening.scenelaunch | "
            "evening.scenelaunch can only be written, it has no value to read"),
        ("{hose: away}", "hose | what is given is what points hold; did you mean 'house'?"),
        ("{lamp: away}", "lamp | 'lamp' is no connection: 'away' is for a server, "
            "'unavailable' for a device; connections: house, bus"),
        ("{away.value: unavailable}", "away.value | "
            "away.value is kept by the site itself: nothing can be wrong with it"),
        ("{eggs.running: on}", "eggs.running | eggs.running cannot be given: a timer begins by itself; "
            "let it happen in the timeline"),
        ("{wanted.value: 40}", "40 | value cannot be 40: it takes a number from 15 to 30"),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_an_error(given: str, error: str, site: ScenarioSite) -> None:
    assert site.errors(f"given: {given}", GOOD) == [error]


@pytest.mark.parametrize(
    ("moment", "error"),
    [
        ("{}", "{} | this says nothing that happens; write for example {living_thermostat.actualtemp: 26.4}"),
        ("[]", "[] | this says nothing that happens; write for example {living_thermostat.actualtemp: 26.4}"),
        ("{house: on}", "house | there is nothing 'house' that could happen; "
            "write 'house: away' or 'house: back'"),
        ("{house: unavailable}", "house | there is no device or group 'house'; "
            "'house' is a connection: write 'house: away'"),
        ("{service: of}", "of | 'service' is one of on, off, power_cut, reload"),
        ("{service: on}", '"12:10" | the service runs already: this cannot happen'),
        ("{run: coool}", "coool | there is no rule 'coool'; did you mean 'cool'?"),
        ("{run: warm}", "warm | rule 'warm' keeps something: it has no actions to run"),
        ("{lunch: evening}", "lunch | there is nothing 'lunch' that could happen; did you mean 'launch'?"),
        ("{with: {a: 1}}", "with | 'with' goes with 'call'"),
        ("{webhook dor: {}}", "webhook dor | no rule waits for webhook dor; did you mean 'door'?"),
        ("{webhook door: [1]}", "[1] | an event's data are names and values; write {name: value}"),
        ("{webhook door: {n: 9223372036854775808}}",
            "{n: 9223372036854775808} | no request brings this: a number is too large"),
        ("{event left: {room: [1]}}", "room | 'room' must be a number, a word, on or off"),
        ("{telegram 7/0/9: on}", "telegram 7/0/9 | no rule waits for telegram 7/0/9; did you mean '7/0/1'?"),
        ("{telegram 7/0/1: [1]}", "[1] | this must be a number, a word, on or off"),
        ("{telegram 1/0/1: bright}", "bright | value cannot be 'bright': it takes on or off"),
        ("{event left to right: {}}", "event left to right | 'event left to right' is no event; "
            "write for example 'event NAME'"),
        ("{override: {}}", "{} | 'override' needs a point and its value"),
        ("{override: {lamp.power: on, for: 0}}", "0 | an override lasts a duration longer than 0 s; "
            "write for example 'for: 1h'"),
        ("{override: {lamp.power: maybe}}", "maybe | power cannot be 'maybe': it takes on or off"),
        ("{set: {lamp.power: '{{ away.value }}'}}", "'{{ away.value }}' | "
            "lamp.power needs a constant here; a scenario computes nothing: write the value itself"),
        ("{release: []}", "[] | 'release' needs a point"),
    ],
)  # fmt: skip
def test_what_cannot_happen_is_an_error(moment: str, error: str, site: ScenarioSite) -> None:
    found = site.errors(f'timeline:\n  "12:10": {moment}', GOOD)
    assert found == [error]


def test_the_timeline_runs_forward(site: ScenarioSite) -> None:
    assert site.errors(
        """\
timeline:
  "12:10": {lamp.power: on}
  "12:05": {lamp.power: off}
  +10m: {lamp.power: off}
  "11:59": {lamp.power: off}""",
        GOOD,
    ) == [
        "\"12:05\" | the timeline runs backwards: '12:05' stands after '12:10'; "
        "write the date too where another day is meant, such as 2026-07-15T00:10",
        "+10m | '+10m' is the same time as '12:10'; put what happens then into one entry",
        '"11:59" | 11:59 is before the start, 12:00:00; '
        "times without a date are on the first day: is 2026-07-15T11:59 meant?",
    ]


def test_nothing_can_be_asked_of_a_service_that_is_off(site: ScenarioSite) -> None:
    assert site.errors(
        """\
timeline:
  "12:10": {service: power_cut}
  "12:20": {away.value: on}
  "12:25": {lamp.power: on}
expect:
  - {at: "12:30", is: lamp.power}"""
    ) == [
        '"12:20" | the service is off since 12:10:00: this cannot happen',
        '{at: "12:30", is: lamp.power} | the service is off at 12:30:00: it knows nothing',
    ]


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        ("lamp.power", "lamp.power | an expectation must be a mapping; "
            'write for example {at: "12:10", set: {living_ac.hvacmode: cooling}}'),
        ("{sett: {lamp.power: on}}", "sett | there is no expectation 'sett'; did you mean 'set'?"),
        ("{set: {lamp.power: on}, launch: evening}", "launch | "
            "'set' and 'launch' are two expectations: give each an item of its own"),
        ("{set: {thermostat.actualtemp: 20}}", "thermostat.actualtemp | "
            "thermostat.actualtemp can only be read; "
            "what can be written of it: thermostat.setpoint, thermostat.tempmode, thermostat.chronoen"),
        ("{set: thermostat.actualtemp}", "thermostat.actualtemp | "
            "thermostat.actualtemp can only be read: nobody sets it"),
        ("{set: {dimmer.powerlevel: 120}}", "120 | "
            "powerlevel cannot be 120: it takes an integer from 0 to 100 %"),
        ("{set: {lamp.power: on}, times: many}", "many | 'times' says how often; "
            "write a whole number, or one after 'at least' or 'at most'"),
        ("{set: {lamp.power: on}, times: at least 0}", "at least 0 | this is so whatever happens"),
        ('{set: {lamp.power: on}, at: "12:10", times: 0}', "0 | 'times: 0' does not go with 'at'; "
            "write 'between: [FROM, TO]' for a time in which it must not come"),
        ("{set: {lamp.power: on}, within: 1m}", "within | 'within' counts from a time 'at'; "
            "write 'at: \"12:10\"' beside it"),
        ('{set: {lamp.power: on}, between: ["12:20", "12:10"]}', '"12:10" | '
            "this must be later than the time before it"),
        ('{set: {lamp.power: on}, between: "12:10"}', '"12:10" | \'between\' needs two times; '
            'write ["12:30", "12:45"]'),
        ('{set: {lamp.power: on}, at: "12:10", between: ["12:10", "12:20"]}', "at | "
            "'at' does not go with 'between'"),
        ("{set: {lamp.power: on}, tolerance: 1}", "1 | 'tolerance' needs a number to be about"),
        ("{set: {dimmer.powerlevel: 50}, tolerance: -1}", "-1 | 'tolerance' is a number above 0; "
            "it has the unit of the point"),
        ("{never: thermostat.actualtemp > 2000}",
            "2000 | this is always false: thermostat.actualtemp is from -50 to 150"),
        ("{never: lamp.power and not lamp.power}", "lamp.power and not lamp.power | this is always false"),
        ("{never: lamp.power, after: 2h}", "2h | 14:00:00 is after the end, 13:00:00; "
            "'until' says when the scenario is over"),
        ('{set: {lamp.power: on}, at: "14:00"}', '"14:00" | 14:00:00 is after the end, 13:00:00; '
            "'until' says when the scenario is over"),
        ('{set: {lamp.power: on}, at: "11:00"}', '"11:00" | 11:00 is before the start, 12:00:00; '
            "times without a date are on the first day: is 2026-07-15T11:00 meant?"),
        ("{notify: '*', via: fone}", "fone | there is no notifier 'fone'; did you mean 'phone'?"),
        ("{notify: ''}", "'' | 'notify' needs a text; write a part of it; * stands for anything"),
        ("{log: {a: b}}", "{a: b} | 'log' needs a text; write a part of it; * stands for anything"),
        ("{rule: cooll, fires: 1}", "cooll | there is no rule 'cooll'; did you mean 'cool'?"),
        ("{rule: cool}", "{rule: cool} | 'rule' needs 'fires'; write for example 'fires: 1'"),
        ("{never: 1 > 2}", "2 | this is always false"),
        ("{never: lamp.power or not lamp.power}", "lamp.power or not lamp.power | "
            "this is always true: where lamp.power is false, not lamp.power is true"),
        ("{never: ac.hvacmode == 'hot'}", "'hot' | ac.hvacmode can never be 'hot': it is "
            "cooling, heating, dry, fan or auto"),
        ("{never: lamp.power, after: soon}", "soon | 'soon' is no duration; "
            "write for example 30s, 5m, 1h30m or 2d"),
        ("{is: lamp.power}", "{is: lamp.power} | 'is' needs the time at which it is so; "
            "write 'at: \"12:10\"' beside it, or 'always' or 'never' for the whole scenario"),
        ("{at: '12:10', is: {lamp.power: on}, tolerance: 1}", "1 | 'tolerance' needs a number to be about"),
        ("{at: '12:10', is: {}}", "{} | 'is' needs a point and its value, or a condition"),
        ("{nothing_else: false}", "false | 'nothing_else' is true, or is left out"),
        ("{launch: evning, times: 1}", "evning | there is no device 'evning'; did you mean 'evening'?"),
        ("{stop: it is over}", "{stop: it is over} | 'stop it is over' commands no device"),
    ],
)  # fmt: skip
def test_what_can_never_be_checked_is_an_error(expected: str, error: str, site: ScenarioSite) -> None:
    assert site.errors("until: '13:00'", f"expect:\n  - {expected}") == [error]


def test_without_an_end_it_goes_on_for_an_hour_after_the_last_time_in_it(site: ScenarioSite) -> None:
    [scenario] = site.suite(
        """\
        name: it
        start: 2026-07-14T12:00
        timeline: {"12:30": {lamp.power: on}}
        expect: [{set: {lamp.power: on}, at: "12:40", within: 10m}]
        """
    ).scenarios
    assert scenario.until.isoformat() == "2026-07-14T11:50:00+00:00"


def test_a_site_with_a_broken_connection_is_not_blamed_on_its_scenarios(tmp_path: Path) -> None:
    site = ScenarioSite(tmp_path, ScenarioSite(tmp_path).site.replace("host: 192.168.1.20", "hos: x"))
    errors = site.errors('timeline: {"12:10": {house: away, "*.power": on}}', GOOD)
    assert [each for each in errors if "house" not in each and "hos" not in each] == []
