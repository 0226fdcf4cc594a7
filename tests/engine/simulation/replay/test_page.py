"""A replay as a page."""

from __future__ import annotations

from pathlib import Path

from interlock.service.loading import load
from interlock.simulation.replay.page import page_of
from interlock.simulation.replay.playing import Own
from interlock.simulation.replay.replaying import Sources, open_record, replay, span_of
from interlock.simulation.report import Chart, MarkKind, Page, Table
from support.past_week import MINUTE, SITE, at


def page(week: Path, folder: Path) -> Page:
    """Return the page of two days on which the fan is calmed later, and nothing is lit."""
    (folder / "site.yaml").write_text(SITE)
    edited = folder / "edited.yaml"
    text = SITE.replace('at: "22:00"', 'at: "22:20"')
    edited.write_text(text.replace("id: light\n", "id: light\n    enabled: false\n"))
    loaded, other = load(folder, environ={}), load(edited, environ={})
    with open_record(loaded.site, Sources(journal=week / "interlock.sqlite")) as record:
        span = span_of(record, other, at(2, 0), at(4, 0), MINUTE)
        replayed = replay(loaded, record, span, Own.PLANT, other)
        return page_of(replayed, record, loaded.rules)


def test_it_tells_who_does_something_else_and_draws_it(week: Path, tmp_path: Path) -> None:
    found = page(week, tmp_path)
    by_rule, differences, *charts = found.parts
    assert (found.title, found.begins, found.ends) == ("Replay of Flat", at(2, 0), at(4, 0))
    assert dict(found.facts)["differences"] == "8"
    assert isinstance(by_rule, Table)
    rows = {row[0]: row[1:] for row in by_rule.rows}
    assert by_rule.header == (
        "",
        "own rules",
        "other rules",
        "same",
        "moved",
        "other value",
        "missing",
        "new",
    )
    assert rows["rule calm"] == ("2", "2", "0", "2", "0", "0", "0")
    assert [by_rule.rows[i][0] for i in by_rule.emphasis] == ["rule calm", "rule dark", "rule light"]
    assert isinstance(differences, Table)
    lit = next(row for row in differences.rows if row[1] == "lamp.value = on")
    assert lit[0] == "2026-07-15 12:10"
    assert lit[2:5] == ("missing", "2 times until 2026-07-16 12:10", "rule light")
    assert [chart.title for chart in charts] == ["rule calm", "rule dark", "rule light"]


def test_a_chart_has_what_the_rule_read_and_both_behaviours(week: Path, tmp_path: Path) -> None:
    chart = next(each for each in page(week, tmp_path).parts if each.title == "rule calm")
    assert isinstance(chart, Chart)
    assert [each.name for each in chart.series] == [
        "ac.hvacfan",
        "ac.hvacfan, own rules",
        "ac.hvacfan, other rules",
    ]
    first = chart.marks[0]
    assert (first.kind, first.series) == (MarkKind.DIFFERENCE, "ac.hvacfan, other rules")
    assert first.text == "moved: ac.hvacfan = minimum, 20m later (rule calm): at 22:20"
