"""Which parts of rules scenarios have exercised."""

from pathlib import Path

import pytest

from interlock.simulation.scenarios.coverage import Coverage, measure
from interlock.simulation.scenarios.playing import play
from support.scenario_site import ScenarioSite

SITE = """\
site: {name: Flat, timezone: Europe/Rome}
devices:
  a: {type: flag}
  b: {type: flag}
  c: {type: flag}
  n: {type: number, initial: 0}
"""
_BEFORE = SITE.count("\n") + 1
EXPECT = "expect: [{rule: r, fires: at most 9}]"


def covered(path: Path, rule: str, *lines: str) -> dict[str, bool]:
    """Play a scenario, and return what counts of the rule ``r``, with its line among the rules."""
    coverage = measured(path, rule, *lines)
    return {f"{each.mark.line - _BEFORE} {each.text}": each.is_covered for each in coverage.rules[0].counted}


def measured(path: Path, rules: str, *lines: str) -> Coverage:
    site = ScenarioSite(path, f"{SITE}rules:\n{rules}")
    suite = site.suite("\n".join(("name: it", "start: 2026-07-14T12:00", *lines, EXPECT)))
    return measure(suite.loaded, [play(each, suite.loaded) for each in suite.scenarios])


IF = """\
  - id: r
    triggers:
      - change: a.value
      - event: never
    condition: not c.value
    actions:
      - if: b.value
        then:
          - log: one
        else:
          - choose:
              - if: n.value > 5
                then: [{log: two}]
              - if: n.value > 3
                then: [{log: three}]
            default: [{log: four}]
    else:
      - log: five
"""


@pytest.mark.parametrize(
    ("timeline", "missing"),
    [
        ("{}", {"1 fires", "3 trigger change a.value", "4 trigger event never", "5 condition is false",
            "7 if b.value", "10 else of 'if b.value'", "12 if n.value > 5", "14 if n.value > 3",
            "16 default of 'choose n.value > 5, n.value > 3'", "17 else"}),
        ('{"12:01": {b.value: on}, "12:02": {a.value: on}}',
            {"4 trigger event never", "5 condition is false", "10 else of 'if b.value'",
            "12 if n.value > 5", "14 if n.value > 3", "16 default of 'choose n.value > 5, n.value > 3'",
            "17 else"}),
        ('{"12:01": {a.value: on}, "12:02": {n.value: 4}, "12:03": {a.value: off}, "12:04": {n.value: 6},'
            ' "12:05": {a.value: on}, "12:06": {b.value: on}, "12:07": {a.value: off},'
            ' "12:08": {c.value: on}, "12:09": {event never: {}}}', set()),
    ],
)  # fmt: skip
def test_branches_are_told_apart(timeline: str, missing: set[str], tmp_path: Path) -> None:
    found = covered(tmp_path, IF, f"timeline: {timeline}")
    assert {text for text, is_covered in found.items() if not is_covered} == missing
    assert len(found) == 10


FAILING = """\
  - id: r
    triggers:
      - becomes: a.value
    variables: {least: 3}
    actions:
      - wait: b.value
        timeout: 1m
        on_timeout: continue
      - repeat:
          count: 2
          actions:
            - if: repeat.index > 1
              then: [{log: second}]
      - parallel:
          - [{log: x}, {if: c.value, then: [{log: side}]}]
      - verify: {n.value: 5, within: 1s, else: [{log: not five}]}
      - fail: over
        on_error:
          - log: "{{ error.message }}"
    finally:
      - log: undone
"""


def test_waits_loops_sides_errors_and_undos_count(tmp_path: Path) -> None:
    timeline = 'timeline: {"12:01": {a.value: on}, "12:30": {a.value: off}}'
    assert covered(tmp_path, FAILING, timeline) == {
        "1 fires": True,
        "6 'wait b.value' comes": False,
        "7 'wait b.value' comes not in time": True,
        "12 if repeat.index > 1": True,
        "12 else of 'if repeat.index > 1'": True,
        "15 if c.value": False,
        "15 else of 'if c.value'": True,
        "16 else of 'verify n.value: 5'": True,
        "18 on_error of 'fail over'": True,
        "20 finally": True,
    }


def test_keeping_begins_and_ends(tmp_path: Path) -> None:
    rule = "  - id: r\n    while: a.value\n    keep: {b.value: on}\n"
    assert covered(tmp_path, rule, 'timeline: {"12:01": {a.value: on}}') == {
        "3 keeps": True,
        "2 lets go": False,
    }


def test_an_unknown_condition_is_told_of_and_does_not_count(tmp_path: Path) -> None:
    rule = "  - id: r\n    triggers: [{at: '12:10'}]\n    condition: n.value > 1\n    actions: [{log: x}]\n"
    [found] = measured(tmp_path, rule).rules
    assert [(each.text, each.is_optional) for each in found.parts] == [
        ("fires", False),
        ("trigger at 12:10", False),
        ("condition is false", False),
        ("condition is unknown", True),
    ]


def test_rules_of_one_text_count_as_one(tmp_path: Path) -> None:
    rule = """\
  - id: r-{{ flag }}
    for_each: {flag: [a, b, c]}
    triggers: [{becomes: "{{ flag }}.value"}]
    actions: [{log: x}]
  - id: r
    triggers: [{event: x}]
    actions: [{log: x}]
"""
    coverage = measured(tmp_path, rule, 'timeline: {"12:01": {b.value: on}}')
    assert [(each.name, each.covered, len(each.counted)) for each in coverage.rules] == [
        ("r-a and 2 more", 1, 1),
        ("r", 0, 1),
    ]
    assert (coverage.covered, coverage.count, coverage.percent) == (1, 2, 50.0)


def test_rules_that_are_off_do_not_count(tmp_path: Path) -> None:
    rule = "  - id: r\n    enabled: false\n    triggers: [{event: x}]\n    actions: [{log: x}]\n"
    coverage = measured(tmp_path, rule)
    assert (coverage.rules, coverage.percent) == ((), 100.0)


def test_an_interlock_counts_where_it_objects(tmp_path: Path) -> None:
    rule = "  - id: r\n    triggers: [{event: x}]\n    actions: [{log: x}]\n"
    locks = "interlocks:\n  - id: both\n    never: a.value and b.value\n"
    for timeline, expected in (("{}", 0), ('{"12:01": {a.value: on}, "12:02": {b.value: on}}', 1)):
        coverage = measured(tmp_path, f"{rule}{locks}", f"timeline: {timeline}")
        found = coverage.rules[-1]
        assert (found.name, found.covered) == ("interlock both", expected)
