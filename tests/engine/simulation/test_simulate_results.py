"""What a simulation counts and measures, kind by kind."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from interlock.history.records import ConnectionEvent, InterlockTurn, ServiceStart
from interlock.model import Outcome, Point, Quality, Reading, Value
from interlock.rules.availability import connection_point
from interlock.rules.rule import Mode, Verdict
from interlock.service.loading import Loaded
from interlock.simulation.faults import Fault, Kind, Turn
from interlock.simulation.faults.recurrence import Once
from interlock.simulation.results.command_figures import CommandFigures, CommandTally
from interlock.simulation.results.happening import Happening, Message, Request, ServiceEnd
from interlock.simulation.results.outages import MessageFigures, Outage, OutageTally
from interlock.simulation.results.point_figures import OTHERS, PointFigures, PointTally
from interlock.simulation.results.rule_figures import RuleFigures, RuleTally
from interlock.simulation.results.unrest import Unrest, UnrestTally
from support.happenings import answered, ended, fired
from support.journal_entries import command, decision, minute, near_miss, rule
from support.small_house import AWAY, LAMP, MODE, POWER, TEMPERATURE, load_small_house

SETPOINT = Point("ac.hvacsetpoint")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load_small_house(tmp_path)


def figures_of(*happenings: Happening, seen: dict[str, str] | None = None) -> RuleFigures:
    tally = RuleTally([rule()])
    for number, happening in enumerate(happenings):
        tally.take(minute(number), happening)
    [figures] = tally.figures(seen or {})
    return figures


def test_what_rules_do_is_counted_by_kind() -> None:
    verdicts = [Verdict.FIRED, Verdict.KEPT, Verdict.CONDITION_FALSE, Verdict.ENDED, Verdict.LET_GO]
    figures = figures_of(*(fired(number, verdict=each) for number, each in enumerate(verdicts)))
    assert figures == RuleFigures(
        rule="cool-living-room",
        fired=2,
        otherwise=1,
        ended=2,
        unmet=1,
        first_at=minute(0),
        last_at=minute(1),
    )
    assert figures.acted == 5


@pytest.mark.parametrize(
    ("outcome", "failed", "skipped"),
    [
        ("done", 0, 0),
        ("stopped: enough", 0, 0),
        ("broken off: no value", 1, 0),
        ("done, but ac.hvacmode was refused", 1, 0),
        ("skipped: the rule is still running", 0, 1),
    ],
)
def test_how_firings_end_is_counted(outcome: str, failed: int, skipped: int) -> None:
    figures = figures_of(fired(1), ended(1, minute(1), outcome))
    assert (figures.failed, figures.skipped) == (failed, skipped)
    assert figures.failure == (outcome if failed else "")


def test_looks_that_do_nothing_are_counted() -> None:
    looks = [Verdict.CONDITION_FALSE, Verdict.CONDITION_UNKNOWN, Verdict.HELD_BACK, Verdict.BROKEN]
    figures = figures_of(fired(1), *(decision(verdict=each) for each in looks))
    assert (figures.unmet, figures.unknown, figures.held_back, figures.failed) == (1, 1, 1, 1)
    assert figures.why_not == ""


def test_what_held_a_rule_back_at_last_is_told() -> None:
    notes = {"cooldown": Verdict.HELD_BACK, "a → b → a": Verdict.HELD_BACK, "no value": Verdict.BROKEN}
    looks = [replace(decision(verdict=verdict), note=note) for note, verdict in notes.items()]
    figures = figures_of(*looks)
    assert figures.held_why == "a → b → a"


def test_an_evaluation_that_fails_says_why() -> None:
    broken = replace(decision(verdict=Verdict.BROKEN), note="ZeroDivisionError")
    assert figures_of(broken).failure == "ZeroDivisionError"


def test_a_rule_that_never_fired_says_how_often_its_condition_was_what() -> None:
    unknown = decision(verdict=Verdict.CONDITION_UNKNOWN, truth=None)
    why = figures_of(near_miss(), near_miss(), unknown).why_not
    assert why == (
        "its condition was false 2 times, its condition was unknown once; "
        "last: every 1m: living_thermostat.actualtemp > 26 is unknown"
    )
    assert figures_of(near_miss()).why_not == "its condition was false once"


def test_a_rule_that_only_did_its_else_never_fired() -> None:
    why = figures_of(fired(1, verdict=Verdict.CONDITION_FALSE)).why_not
    assert why == "its condition was false once"


def test_a_rule_that_is_off_says_so() -> None:
    tally = RuleTally([replace(rule(), mode=Mode.OFF)])
    assert [each.why_not for each in tally.figures({})] == ["it is off"]


def test_a_rule_whose_trigger_never_came_says_what_it_saw(loaded: Loaded) -> None:
    tally = RuleTally(loaded.rules)
    tally.take(
        minute(0), replace(decision(verdict=Verdict.CONDITION_UNKNOWN, condition=""), rule=loaded.rules[0])
    )
    cool, lamp = tally.figures({TEMPERATURE: "was 20 to 25 °C"})
    assert cool.why_not == (
        "its trigger never came: becomes thermostat.actualtemp > 26; "
        "thermostat.actualtemp was 20 to 25 °C; it was unknown once"
    )
    assert cool.unknown == 1
    assert lamp.why_not == "its trigger never came: at 06:30"


def test_a_condition_that_was_never_true_shows_what_it_read(tmp_path: Path) -> None:
    rules = """
rules:
  - {id: a, triggers: [{every: 1m}], condition: thermostat.actualtemp > 26, actions: [{log: hot}]}
  - {id: b, while: thermostat.actualtemp > 26, keep: {lamp.value: on}}
"""
    loaded = load_small_house(tmp_path, rules)
    tally = RuleTally(loaded.rules)
    tally.take(minute(0), replace(near_miss(), rule=loaded.rules[0]))
    whys = [each.why_not for each in tally.figures({TEMPERATURE: "stayed 20"})]
    assert whys == [
        "its condition was false once; thermostat.actualtemp stayed 20",
        "what it goes by never came: thermostat.actualtemp > 26; thermostat.actualtemp stayed 20",
    ]


def test_a_long_trigger_is_shown_by_its_beginning(tmp_path: Path) -> None:
    text = " and ".join(f"thermostat.actualtemp > {number}" for number in range(20, 30))
    rules = f"""
rules:
  - {{id: a, triggers: [{{becomes: {text}}}], actions: [{{log: hot}}]}}
"""
    [figures] = RuleTally(load_small_house(tmp_path, rules).rules).figures({})
    assert figures.why_not == (
        "its trigger never came: becomes thermostat.actualtemp > 20 and thermostat.actualtemp > 21 and …"
    )


def test_commands_are_counted_by_what_became_of_them() -> None:
    tally = CommandTally()
    tally.take(minute(0), command())
    tally.take(minute(0), answered(MODE, "cooling", minute(0)))
    tally.take(minute(1), answered(MODE, "auto", minute(1), by="b", outcome=Outcome.DEFERRED))
    tally.take(minute(2), answered(MODE, "auto", minute(2), by="b", outcome=Outcome.REFUSED, reason="no"))
    tally.take(minute(3), answered(MODE, "auto", minute(3), by="b"))
    tally.take(minute(3), answered(LAMP, True, minute(3)))
    mode, lamp = tally.figures()
    assert lamp == CommandFigures(point=LAMP, outcomes={Outcome.ACCEPTED: 1}, by={"rule cool-living-room": 1})
    assert mode == CommandFigures(
        point=MODE,
        outcomes={Outcome.ACCEPTED: 2, Outcome.REFUSED: 1, Outcome.DEFERRED: 1},
        by={"rule b": 2, "rule cool-living-room": 1},
        reason="no",
    )
    assert list(mode.by) == ["rule b", "rule cool-living-room"]
    assert mode.count(Outcome.ACCEPTED, Outcome.REFUSED, Outcome.FAILED) == 3


def seen(at: datetime, point: Point, value: Value | None) -> Reading:
    quality = Quality.GOOD if value is not None else Quality.FAULT
    return Reading(point=point, value=value, observed_at=at, quality=quality)


def measured(loaded: Loaded, *values: tuple[int, Point, Value | None], until: int = 10) -> PointFigures:
    """What a point was, by values at minutes; the service runs for ten."""
    tally = PointTally(loaded.site, [TEMPERATURE])
    tally.take(minute(0), ServiceStart(at=minute(0), version="", is_dry_run=False))
    for number, point, value in values:
        tally.take(minute(number), seen(minute(number), point, value))
    tally.take(minute(until), ServiceEnd(is_last=True))
    return next(each for each in tally.figures() if each.point == (values[0][1] if values else TEMPERATURE))


def test_rules_may_read_connections_too(loaded: Loaded) -> None:
    tally = PointTally(loaded.site, [connection_point("house")])
    tally.take(minute(0), ServiceStart(at=minute(0), version="", is_dry_run=False))
    assert tally.figures() == []


def test_numbers_have_a_mean_over_time(loaded: Loaded) -> None:
    figures = measured(loaded, (0, TEMPERATURE, 20.0), (4, TEMPERATURE, 25.0), (6, TEMPERATURE, 20.0))
    assert figures == PointFigures(
        point=TEMPERATURE,
        unit="°C",
        states={},
        lowest=20.0,
        mean=21.0,
        highest=25.0,
        changes=2,
        known=10 * MINUTE,
        unknown=0 * MINUTE,
        longest_unknown=0 * MINUTE,
    )
    assert figures.in_words == "was 20 to 25 °C"


def test_states_have_their_times(loaded: Loaded) -> None:
    figures = measured(loaded, (0, MODE, "auto"), (3, MODE, "cooling"), (9, MODE, "auto"))
    assert list(figures.states.items()) == [("cooling", 6 * MINUTE), ("auto", 4 * MINUTE)]
    assert (figures.lowest, figures.mean, figures.changes) == (None, None, 2)
    assert figures.in_words == "was auto, cooling"


def test_on_and_off_are_states_and_no_numbers(loaded: Loaded) -> None:
    figures = measured(loaded, (0, POWER, False), (1, POWER, True))
    assert (figures.states, figures.lowest) == ({"on": 9 * MINUTE, "off": 1 * MINUTE}, None)


def test_what_stays_is_said_to_stay(loaded: Loaded) -> None:
    assert measured(loaded, (0, POWER, False)).in_words == "stayed off"
    assert measured(loaded, (0, TEMPERATURE, 20.5)).in_words == "stayed 20.5"


def test_a_point_is_unknown_until_it_is_read_and_while_it_fails(loaded: Loaded) -> None:
    figures = measured(
        loaded,
        (1, TEMPERATURE, 20.0),
        (3, TEMPERATURE, None),
        (4, TEMPERATURE, None),
        (7, TEMPERATURE, 20.0),
    )
    assert (figures.known, figures.unknown, figures.longest_unknown) == (5 * MINUTE, 5 * MINUTE, 4 * MINUTE)
    assert figures.changes == 0


def test_what_the_service_keeps_itself_may_be_known_before_it_says_that_it_begins(loaded: Loaded) -> None:
    tally = PointTally(loaded.site, [AWAY])
    tally.take(minute(0), seen(minute(0), AWAY, True))
    tally.take(minute(0), ServiceStart(at=minute(0), version="", is_dry_run=False))
    tally.take(minute(5), ServiceEnd(is_last=True))
    [figures] = tally.figures()
    assert (figures.known, figures.unknown) == (5 * MINUTE, 0 * MINUTE)


def test_what_was_never_known_says_so(loaded: Loaded) -> None:
    figures = measured(loaded)
    assert (figures.known, figures.unknown, figures.in_words) == (0 * MINUTE, 10 * MINUTE, "was never known")


def test_while_the_service_is_off_nothing_is_measured(loaded: Loaded) -> None:
    tally = PointTally(loaded.site, [TEMPERATURE])
    for number, happening in (
        (0, ServiceStart(at=minute(0), version="", is_dry_run=False)),
        (0, seen(minute(0), TEMPERATURE, 20.0)),
        (2, ServiceEnd()),
        (6, ServiceStart(at=minute(6), version="", is_dry_run=False)),
        (7, seen(minute(7), TEMPERATURE, 22.0)),
        (10, ServiceEnd(is_last=True)),
    ):
        tally.take(minute(number), happening)
    [figures] = tally.figures()
    assert (figures.known, figures.unknown, figures.changes) == (5 * MINUTE, 1 * MINUTE, 1)


def test_texts_without_end_are_counted_together(loaded: Loaded) -> None:
    values = [(number, MODE, f"text {number}") for number in range(25)]
    figures = measured(loaded, *values, until=25)
    assert len(figures.states) == 21
    assert figures.states[OTHERS] == 5 * MINUTE


def restless(loaded: Loaded, commands: Iterable[tuple[float, Point, Value, str]]) -> Sequence[Unrest]:
    tally = UnrestTally(loaded.site)
    for number, point, value, by in commands:
        at = minute(0) + number * MINUTE
        tally.take(at, answered(point, value, at, by=by))
    return tally.figures()


def fight(count: int, *, every: float = 5) -> Iterable[tuple[float, Point, Value, str]]:
    for number in range(count):
        yield number * every, POWER, number % 2 == 0, ("warm", "cold")[number % 2]


def test_two_rules_that_fight_are_named(loaded: Loaded) -> None:
    [unrest] = restless(loaded, fight(8))
    assert unrest == Unrest(
        point=POWER,
        most=6,
        at=minute(35),
        times=6,
        by=["rule cold", "rule warm"],
        between=("on", "off"),
    )
    assert unrest.in_words == "rule cold and rule warm fight: on and off, 6 times within an hour"


def test_a_few_turns_in_an_hour_are_no_unrest(loaded: Loaded) -> None:
    # The first two commands go nowhere back.
    assert restless(loaded, fight(6)) == []
    assert len(restless(loaded, fight(7))) == 1
    assert restless(loaded, fight(100, every=15)) == []


def test_the_worst_hour_counts(loaded: Loaded) -> None:
    slow, fast = list(fight(8, every=10)), [(600 + n, *rest) for n, *rest in fight(20, every=1)]
    [unrest] = restless(loaded, [*slow, *fast])  # type: ignore[list-item]
    assert (unrest.most, unrest.at) == (20, minute(619))


def test_a_rule_alone_that_goes_back_and_forth_is_named(loaded: Loaded) -> None:
    [unrest] = restless(loaded, [(n, POWER, n % 2 == 0, "swing") for n in range(8)])
    assert unrest.in_words == "rule swing goes back and forth: on and off, 6 times within an hour"


def test_numbers_go_back_where_their_direction_turns(loaded: Loaded) -> None:
    ramp = [(n, SETPOINT, 16.0 + n / 10, "ramp") for n in range(50)]
    swing = [(n, SETPOINT, 20.0 + (n % 2) * (1 + n / 10), "swing") for n in range(8)]
    assert restless(loaded, ramp) == []
    assert [each.most for each in restless(loaded, swing)] == [6]


def test_the_same_value_again_is_no_turn(loaded: Loaded) -> None:
    assert restless(loaded, [(n, POWER, True, "again") for n in range(50)]) == []


def test_what_was_not_sent_disturbs_nobody(loaded: Loaded) -> None:
    tally = UnrestTally(loaded.site)
    for number, point, value, by in fight(20):
        at = minute(int(number))
        tally.take(at, answered(point, value, at, by=by, outcome=Outcome.OUTRANKED))
    assert tally.figures() == []


def away(*happenings: tuple[int, Happening]) -> OutageTally:
    tally = OutageTally()
    for number, happening in happenings:
        tally.take(minute(number), happening)
    return tally


def start(number: int) -> tuple[int, ServiceStart]:
    return number, ServiceStart(at=minute(number), version="", is_dry_run=False)


def test_outages_of_connections_are_measured() -> None:
    def event(number: int, text: str) -> tuple[int, ConnectionEvent]:
        return number, ConnectionEvent(minute(number), "house", f"connection house: {text}")

    tally = away(
        event(0, "refused"),
        event(2, "timed out"),
        event(3, "answers again"),
        event(5, "refused"),
        (10, ServiceEnd(is_last=True)),
    )
    assert tally.connections() == [
        Outage(
            name="house",
            count=2,
            total=8 * MINUTE,
            longest=5 * MINUTE,
            reason="connection house: refused",
        )
    ]


def test_a_connection_that_only_came_is_no_outage() -> None:
    tally = away((0, ConnectionEvent(minute(0), "house", "connection house: answers again")))
    assert tally.connections() == []


def test_broken_interlocks_are_measured() -> None:
    tally = away(
        (1, InterlockTurn("both", minute(1), True, "both are open")),
        (3, InterlockTurn("both", minute(3), False, "over")),
        (4, InterlockTurn("both", minute(4), True, "both are open")),
        (5, ServiceEnd()),
    )
    assert tally.interlocks() == [
        Outage(name="both", count=2, total=3 * MINUTE, longest=2 * MINUTE, reason="both are open")
    ]


def test_the_service_is_off_between_an_end_and_a_start() -> None:
    tally = away(start(0), (5, ServiceEnd()), start(8), (10, ServiceEnd(is_last=True)))
    assert tally.service() == [Outage(name="service", count=1, total=3 * MINUTE, longest=3 * MINUTE)]
    assert away(start(0), (10, ServiceEnd(is_last=True))).service() == []


def test_faults_are_measured_whether_the_service_runs_or_not() -> None:
    fault = Fault(text="random", kind=Kind.OFFLINE, what="house", when=Once())

    def turn(number: int, *, is_begin: bool) -> tuple[int, Turn]:
        return number, Turn(at=minute(number), fault=fault, is_begin=is_begin)

    tally = away(
        turn(1, is_begin=True),
        (2, ServiceEnd()),
        turn(4, is_begin=False),
        turn(8, is_begin=True),
        (10, ServiceEnd(is_last=True)),
    )
    assert tally.faults() == [Outage(name="house offline", count=2, total=5 * MINUTE, longest=3 * MINUTE)]


def test_a_state_that_lasted_no_time_is_none(loaded: Loaded) -> None:
    figures = measured(loaded, (1, POWER, False), (1, POWER, True))
    assert (figures.states, figures.changes) == ({"on": 9 * MINUTE}, 1)


def test_messages_are_counted_by_what_they_say() -> None:
    tally = away(
        (0, Message("mail", "Hot", "26 °C")),
        (1, Message("mail", "", "cold")),
        (2, Message("mail", "", "cold")),
        (3, Request("POST", "http://x")),
    )
    assert tally.messages() == [MessageFigures(via="mail", count=3, texts={"cold": 2, "Hot 26 °C": 1})]
    assert tally.requests() == {"POST": 1}


def test_messages_that_all_differ_are_counted_together_at_last() -> None:
    tally = away(*((number, Message("mail", "", f"{number} °C")) for number in range(150)))
    [figures] = tally.messages()
    assert (figures.count, len(figures.texts), figures.texts["others"]) == (150, 101, 50)
