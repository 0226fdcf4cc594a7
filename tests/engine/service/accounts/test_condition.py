"""How a service itself is, beside its site."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from interlock.history.journal import JournalHealth
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.control.answers import ApiLine, JournalLine, RefusedEdit

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=3)
WELL = JournalHealth(is_written=True, waiting=0, lost=0, written_at=NOON)


def condition(health: JournalHealth = WELL, listen: str = "") -> Condition:
    return Condition(place=Path("/house/interlock.sqlite"), journal=lambda: health, api=ApiDoor(listen))


def test_a_journal_that_is_well() -> None:
    assert condition().journal_line == JournalLine(
        place="/house/interlock.sqlite", is_written=True, written_at=NOON
    )


def test_a_journal_that_is_not_written_and_lost_something_before() -> None:
    health = JournalHealth(
        is_written=False,
        waiting=7,
        lost=3,
        written_at=NOON,
        fault="the disk is full",
        failing_since=LATER,
        lost_between=(NOON - timedelta(hours=1), NOON),
    )
    assert condition(health).journal_line == JournalLine(
        place="/house/interlock.sqlite",
        is_written=False,
        fault="the disk is full",
        failing_since=LATER,
        written_at=NOON,
        waiting=7,
        lost=3,
        lost_from=NOON - timedelta(hours=1),
        lost_until=NOON,
    )


def test_files_are_refused_since_the_first_refusal_and_for_what_was_found_last() -> None:
    found = condition()
    found.refuse_edit(NOON, 2, "site.yaml:3: no such driver")
    found.refuse_edit(LATER, 1, "rules/own.yaml:1: no such point")
    assert found.refused == RefusedEdit(since=NOON, errors=1, first="rules/own.yaml:1: no such point")


def test_files_that_were_mended_and_broken_again_are_refused_from_then_on() -> None:
    found = condition()
    found.refuse_edit(NOON, 1, "site.yaml:3: no such driver")
    found.take_edit()
    assert found.refused is None
    found.refuse_edit(LATER, 1, "site.yaml:3: no such driver")
    assert found.refused == RefusedEdit(since=LATER, errors=1, first="site.yaml:3: no such driver")


def test_a_site_that_wants_no_api_has_none_to_tell_of() -> None:
    assert condition().api_line is None


def test_an_api_says_first_why_it_is_closed() -> None:
    found = condition(listen="127.0.0.1:8088")
    assert found.api_line == ApiLine(listen="127.0.0.1:8088")
    found.api.close("address already in use")
    found.api.close("an error closed it")
    assert found.api_line == ApiLine(listen="127.0.0.1:8088", trouble="address already in use")
