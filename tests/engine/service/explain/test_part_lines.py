"""How a rule stands goes through the control door whole."""

from datetime import UTC, datetime

from interlock.service.control.answers import PartLine
from interlock.service.explain.judging import Judged
from interlock.service.explain.part_lines import part_line, told_part
from interlock.service.explain.standing import Clause, Part

AT = datetime(2026, 7, 14, 12, tzinfo=UTC)


def test_a_part_comes_out_as_it_went_in() -> None:
    leaf = Judged(text="lamp.level", value=20.5, since=AT, read_at=AT)
    unknown = Judged(text="lamp.power", value=None, reason="lamp.power was never read")
    part = Part(
        what="condition lamp.power and lamp.level > 21",
        truth=False,
        is_judged=True,
        note="it fires soon",
        clauses=(Clause("lamp.level > 21", False, "lamp.level = 20.5"), Clause("", None, "unknown")),
        judged=Judged(text="whole", value=False, parts=(leaf, unknown)),
    )
    line = PartLine.model_validate_json(part_line(part).model_dump_json())
    assert told_part(line) == part


def test_a_trigger_on_the_clock_has_nothing_that_was_judged() -> None:
    part = Part(what="every 1m", note="it comes next at 12:01")
    assert told_part(part_line(part)) == part
