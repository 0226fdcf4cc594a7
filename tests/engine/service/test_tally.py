"""A summary counts what happened."""

from interlock.model import Outcome, Quality
from interlock.service.tally import Tally
from support.journal_entries import AC_MODE, TEMPERATURE, command, firing, reading, receipt


def test_points_have_their_first_and_last_usable_value() -> None:
    tally = Tally()
    for value in (24.5, 26.1, 25.0):
        tally.take(reading(value))
    tally.take(reading(None, quality=Quality.FAULT))
    tally.take(reading(99.0, quality=Quality.STALE))
    assert (tally.first, tally.last) == ({TEMPERATURE: 24.5}, {TEMPERATURE: 25.0})


def test_a_point_that_was_never_usable_is_not_counted() -> None:
    tally = Tally()
    tally.take(reading(None, quality=Quality.FAULT))
    assert tally.first == {}


def test_firings_are_counted_by_rule_and_receipts_kept_in_order() -> None:
    tally = Tally()
    refused, taken = receipt(command("1"), outcome=Outcome.REFUSED), receipt(command("2"))
    for entry in (firing("1"), firing("2"), firing("3", rule_id="other"), command("1"), refused, taken):
        tally.take(entry)
    assert tally.firings == {"cool-living-room": 2, "other": 1}
    assert tally.receipts == [refused, taken]
    assert [each.command.point for each in tally.receipts] == [AC_MODE, AC_MODE]
