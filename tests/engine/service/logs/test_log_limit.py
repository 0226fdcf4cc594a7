"""Lines that come again and again: the first of them, and how many there were besides."""

import io
import logging
from datetime import timedelta

import pytest

from interlock.redaction import RedactingFilter, redactor
from interlock.service.logs.limit import MOST_EVENTS, MOST_TROUBLES, PERIOD, RepeatLimit

SECOND = timedelta(seconds=1)


class Log:
    """A handler with a limit, and the time that it goes by."""

    def __init__(self) -> None:
        self.now = timedelta()
        self._stream = io.StringIO()
        self._handler = logging.StreamHandler(self._stream)
        self._handler.addFilter(RedactingFilter(redactor))
        self._handler.addFilter(RepeatLimit(self._handler, lambda: self.now))

    def say(self, text: str, *arguments: object, level: int = logging.WARNING, area: str = "rule") -> None:
        record = logging.LogRecord(f"interlock.{area}", level, "", 0, text, arguments, None)
        self._handler.handle(record)

    def lines(self) -> list[str]:
        """Return what was said since the last look."""
        said = self._stream.getvalue().splitlines()
        self._stream.seek(0)
        self._stream.truncate()
        return said


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.mark.parametrize(
    ("level", "most"),
    [(logging.INFO, MOST_EVENTS), (logging.WARNING, MOST_TROUBLES), (logging.ERROR, MOST_TROUBLES)],
)
def test_the_first_lines_of_a_kind_are_shown_and_the_last_of_them_says_so(
    log: Log, level: int, most: int
) -> None:
    for number in range(most + 50):
        log.say("rule %s fails: attempt %s", "cool", number, level=level)
    said = log.lines()
    assert len(said) == most
    assert said[-2] == f"rule cool fails: attempt {most - 2}"
    assert said[-1] == f"rule cool fails: attempt {most - 1} (further such lines are counted)"


def test_afterwards_it_is_said_how_many_there_were_besides(log: Log) -> None:
    for number in range(100):
        log.say("rule %s fails: attempt %s", "cool", number)
    log.lines()
    log.now = PERIOD - SECOND
    log.say("another")
    assert log.lines() == ["another"]
    log.now = PERIOD
    log.say("something else")
    assert log.lines() == [
        "90 more such lines in 10m, the last one: rule cool fails: attempt 99",
        "something else",
    ]


def test_the_next_period_begins_anew(log: Log) -> None:
    for _ in range(3):
        for _ in range(MOST_TROUBLES + 1):
            log.say("it fails")
        assert log.lines()[-1] == "it fails (further such lines are counted)"
        log.now += PERIOD


def test_of_few_lines_nothing_more_is_said(log: Log) -> None:
    for _ in range(MOST_TROUBLES):
        log.say("it fails")
    log.lines()
    log.now = PERIOD
    log.say("another")
    assert log.lines() == ["another"]


def test_lines_about_different_things_areas_and_levels_are_of_different_kinds(log: Log) -> None:
    for _ in range(MOST_TROUBLES + 5):
        log.say("rule %s fails", "cool")
    log.lines()
    log.say("rule %s fails", "heat")
    log.say("rule %s fails", "cool", level=logging.ERROR)
    log.say("rule %s fails", "cool", area="engine")
    log.say("rule %s stops", "cool")
    log.say("rule %s fails", "cool")
    assert log.lines() == ["rule heat fails", "rule cool fails", "rule cool fails", "rule cool stops"]


def test_what_somebody_asked_for_passes(log: Log) -> None:
    for _ in range(500):
        log.say("it is read", level=logging.DEBUG)
    assert len(log.lines()) == 500


def test_no_secret_is_kept_for_later(log: Log) -> None:
    redactor.register("open-sesame-77")
    for _ in range(100):
        log.say("it is %s", "open-sesame-77")
    log.now = PERIOD
    log.say("another")
    said = "\n".join(log.lines())
    assert "more such lines" in said
    assert "open-sesame-77" not in said


def test_a_mapping_as_argument_is_one_kind(log: Log) -> None:
    for number in range(100):
        log.say("attempt %(number)s", {"number": number})
    assert len(log.lines()) == MOST_TROUBLES


def test_kinds_without_end_take_no_memory_without_end(log: Log) -> None:
    for number in range(3000):
        log.say("line %s", number)
    assert len(log.lines()) == 3000
    [limit] = [each for each in log._handler.filters if isinstance(each, RepeatLimit)]
    assert len(limit._counts) == 2000


def test_a_kind_that_is_forgotten_has_its_lines_told(log: Log) -> None:
    for _ in range(MOST_TROUBLES + 7):
        log.say("it fails")
    log.lines()
    for number in range(2000):
        log.say("line %s", number)
    assert "7 more such lines in 10m, the last one: it fails" in log.lines()
