"""How much each area logs, changed for a while."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from interlock.service.control.protocol import ControlError, LogArea, SetLog
from interlock.service.logs.levels import LogLevels
from interlock.service.logs.lines import Detail, set_up_logging
from interlock.simulation.virtual_time import VirtualClock, run_virtual
from support.log_state import kept_logging

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
RULE = logging.getLogger("interlock.rule")
POLL = logging.getLogger("interlock.poll")


@pytest.fixture(autouse=True)
def _logging_is_kept() -> Iterator[None]:
    with kept_logging():
        set_up_logging(Detail.EVENTS)
        yield
        for logger in (RULE, POLL):
            logger.setLevel(logging.NOTSET)


def levels() -> LogLevels:
    return LogLevels(VirtualClock(NOON, asyncio.get_running_loop()))


def set_log(area: str, level: str, seconds: float = 600) -> SetLog:
    return SetLog(area=area, level=level, length_s=seconds)


def line_of(area: str, among: LogLevels) -> LogArea:
    [line] = [each for each in among.areas() if each.area == area]
    return line


def levels_after(*steps: tuple[SetLog, float]) -> list[str]:
    """Return the levels of the rules' area after each step and the seconds that follow it."""

    async def live() -> list[str]:
        found, ours = [], levels()
        for question, seconds in steps:
            ours.set(question)
            await asyncio.sleep(seconds)
            found.append(line_of("rule", ours).level)
        return found

    return run_virtual(live())


def test_areas_are_those_of_the_log_lines_with_the_level_they_have() -> None:
    async def live() -> list[LogArea]:
        return list(levels().areas())

    found = run_virtual(live())
    assert found[0] == LogArea(area="interlock", level="info")
    assert found[-1] == LogArea(area="httpx", level="warning")
    assert LogArea(area="rule", level="info") in found
    names = [each.area for each in found[1:-1]]
    assert names == sorted(names)


def test_an_area_is_logged_otherwise_until_the_time_is_over() -> None:
    assert levels_after((set_log("rule", "debug"), 599), (set_log("poll", "error"), 2)) == ["debug", "info"]


def test_it_is_said_until_when() -> None:
    async def live() -> LogArea:
        ours = levels()
        ours.set(set_log("rule", "debug", 600))
        return line_of("rule", ours)

    until = NOON + timedelta(minutes=10)
    assert run_virtual(live()) == LogArea(area="rule", level="debug", until=until)


def test_only_that_area_is_changed_and_its_loggers_level_is_what_counts() -> None:
    async def live() -> tuple[int, int, int]:
        ours = levels()
        ours.set(set_log("rule", "debug"))
        changed = RULE.getEffectiveLevel(), POLL.getEffectiveLevel()
        await asyncio.sleep(600)
        return *changed, RULE.level

    assert run_virtual(live()) == (logging.DEBUG, logging.INFO, logging.NOTSET)


def test_a_second_change_counts_from_itself_and_goes_back_to_what_was_before_the_first() -> None:
    steps = (
        (set_log("rule", "debug", 10), 5),
        (set_log("rule", "warning", 10), 6),
        (set_log("poll", "info"), 5),
    )
    assert levels_after(*steps) == ["debug", "warning", "info"]


def test_it_is_as_usual_again_at_once_where_somebody_says_so() -> None:
    steps = (
        (set_log("rule", "debug"), 1),
        (set_log("rule", "usual", 0), 0),
        (set_log("rule", "usual", 0), 700),
    )
    assert levels_after(*steps) == ["debug", "info", "info"]


def test_all_of_ours_is_an_area_too() -> None:
    async def live() -> tuple[str, str]:
        ours = levels()
        ours.set(set_log("interlock", "debug"))
        return line_of("rule", ours).level, line_of("httpx", ours).level

    assert run_virtual(live()) == ("debug", "warning")


def test_a_library_can_be_asked_for_its_requests() -> None:
    async def live() -> int:
        levels().set(set_log("httpx", "info"))
        return logging.getLogger("httpx").getEffectiveLevel()

    assert run_virtual(live()) == logging.INFO


def test_names_may_stand_as_in_lines_of_text() -> None:
    assert levels_after((set_log("interlock.rule", "DEBUG"), 1)) == ["debug"]


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        (set_log("rulr", "debug"), r"^there is no area 'rulr'; did you mean 'rule'\?$"),
        (set_log("zzzzzz", "debug"), r"^there is no area 'zzzzzz'; there are interlock, .*rule.*, httpx$"),
        (set_log("httpcore", "debug"), r"^there is no area 'httpcore'; "),
        (set_log("rule", "debgu"), r"^there is no level 'debgu'; did you mean 'debug'\?$"),
        (set_log("rule", "debug", 0), r"^an area is logged otherwise for more than 0 s and 7d at most$"),
        (set_log("rule", "debug", 604801), r"for more than 0 s and 7d at most$"),
        (set_log("rule", "debug", float("nan")), r"for more than 0 s and 7d at most$"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(question: SetLog, complaint: str) -> None:
    async def live() -> None:
        levels().set(question)

    with pytest.raises(ControlError, match=complaint):
        run_virtual(live())
    assert RULE.level == logging.NOTSET


def test_a_week_is_possible() -> None:
    assert levels_after((set_log("rule", "debug", 604800), 604799), (set_log("poll", "info"), 2)) == [
        "debug",
        "info",
    ]


def test_each_change_and_its_end_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    levels_after(
        (set_log("rule", "debug", 60), 61), (set_log("rule", "error", 60), 1), (set_log("rule", "usual"), 1)
    )
    assert [record.getMessage() for record in caplog.records] == [
        "rule is logged from level debug on for 1m",
        "rule is logged from level info on again: the time is over",
        "rule is logged from level error on for 1m",
        "rule is logged from level info on again: by hand",
    ]


def test_an_area_of_its_own_that_is_to_say_less_says_so_still(caplog: pytest.LogCaptureFixture) -> None:
    async def live() -> None:
        levels().set(set_log("service", "error", 60))
        await asyncio.sleep(61)

    run_virtual(live())
    assert len(caplog.records) == 2
