"""What the page's script does when it is opened, and with what a reader does to it."""

from typing import Any

import pytest

from interlock.simulation.report import Chart, Page, Series
from support.report_browser import Browsed, browse
from support.report_page import minute, page_of

HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
NOON = 12 * HOUR
"""The page begins at noon."""
ROOM = Series(name="room.actualtemp", unit="°C", samples=[(minute(0), 21.0), (minute(30), 22.5)])
LAMP = Series(name="lamp.power", samples=[(minute(0), True), (minute(20), False)])
CHARTS = (Chart(title="Room", series=[ROOM, LAMP]), Chart(title="Lamp", series=[LAMP]))


def fortnight() -> Page:
    return page_of(*CHARTS, minutes=14 * 24 * 60)


def ranges(browsed: Browsed, chart: int = 0) -> list[Any]:
    return [each["range"] for each in browsed.drawn if each["chart"] == chart]


def test_a_page_opens_with_all_of_it() -> None:
    opened = browse(fortnight())
    assert opened.drawn == [
        {"chart": chart, "range": [0, 2 * WEEK], "width": 800, "dragmode": "zoom", "hidden": []}
        for chart in (0, 1)
    ]
    assert opened.shown == "Tue 14 Jul 2026 12:00 – Tue 28 Jul 2026 12:00"


def test_all_charts_show_what_one_is_zoomed_to() -> None:
    zoomed = browse(fortnight(), "zoom(3600, 7200, 1)")
    assert ranges(zoomed, 0) == ranges(zoomed, 1) == [[0, 2 * WEEK], [HOUR, 2 * HOUR]]
    assert zoomed.shown == "Tue 14 Jul 2026 13:00 – Tue 14 Jul 2026 14:00"


@pytest.mark.parametrize("act", ["press('all')", "doubleClick()"])
def test_all_of_it_comes_back(act: str) -> None:
    assert ranges(browse(fortnight(), "zoom(3600, 7200)", act))[-1] == [0, 2 * WEEK]


def test_a_day_is_one_of_the_calendar_and_moves_by_one() -> None:
    moved = browse(fortnight(), "zoom(90000, 91000)", "press('1')", "press('later')", "press('earlier')")
    first, second = [NOON, NOON + DAY], [NOON + DAY, NOON + 2 * DAY]
    assert ranges(moved)[2:] == [first, second, first]


def test_what_was_zoomed_to_moves_by_its_own_length() -> None:
    moved = browse(fortnight(), "zoom(3600, 7200)", "press('later')", "press('earlier')")
    assert ranges(moved)[2:] == [[2 * HOUR, 3 * HOUR], [HOUR, 2 * HOUR]]


def test_a_zoom_ends_what_moves_by_days() -> None:
    moved = browse(fortnight(), "press('1')", "zoom(3600, 7200)", "press('later')")
    assert ranges(moved)[-1] == [2 * HOUR, 3 * HOUR]


def test_nothing_lies_before_the_beginning_nor_behind_the_end() -> None:
    assert ranges(browse(fortnight(), "press('earlier')", "press('later')")) == [[0, 2 * WEEK]]


def test_what_is_ticked_off_is_hidden_in_its_chart_alone() -> None:
    ticked = browse(fortnight(), "tick(0, false)", "zoom(3600, 7200)", "tick(0, true)")
    assert [(each["chart"], bool(each["hidden"])) for each in ticked.drawn[2:]] == [
        (0, True), (0, True), (1, False), (0, False)
    ]  # fmt: skip


def test_a_printed_page_has_the_width_of_paper_and_keeps_its_view() -> None:
    printed = browse(fortnight(), "zoom(3600, 7200)", "window_.beforeprint()", "window_.afterprint()")
    assert [(each["width"], each["range"]) for each in printed.drawn if each["chart"] == 0][1:] == [
        (800, [HOUR, 2 * HOUR]), (680, [HOUR, 2 * HOUR]), (800, [HOUR, 2 * HOUR])
    ]  # fmt: skip


def test_a_window_of_another_width_is_drawn_anew() -> None:
    resized = browse(fortnight(), "plots.forEach((plot) => { plot.clientWidth = 500; })", "window_.resize()")
    assert [each["width"] for each in resized.drawn] == [800, 800, 500, 500]


def test_a_finger_scrolls_instead_of_zooming() -> None:
    assert {each["dragmode"] for each in browse(fortnight(), touched=True).drawn} == {False}


def test_texts_that_nobody_can_read_are_hidden() -> None:
    assert browse(fortnight(), scales=[None, 1, 0.75, 0.74]).texts == ["", "", "", "hidden"]
