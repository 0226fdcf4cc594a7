"""How a rule stands, on its way through the control door."""

from __future__ import annotations

from interlock.history.values import decode_value, encode_value
from interlock.service.control.answers import ClauseLine, JudgedLine, PartLine
from interlock.service.explain.judging import Judged
from interlock.service.explain.standing import Clause, Part


def part_line(part: Part) -> PartLine:
    """Return a part of a rule as it is told."""
    return PartLine(
        what=part.what,
        truth=part.truth,
        is_judged=part.is_judged,
        note=part.note,
        clauses=tuple(
            ClauseLine(text=each.text, truth=each.truth, reason=each.reason) for each in part.clauses
        ),
        judged=_judged_line(part.judged) if part.judged else None,
    )


def told_part(line: PartLine) -> Part:
    """Return a part of a rule that was told."""
    return Part(
        what=line.what,
        truth=line.truth,
        is_judged=line.is_judged,
        note=line.note,
        clauses=tuple(Clause(each.text, each.truth, each.reason) for each in line.clauses),
        judged=_told_judged(line.judged) if line.judged else None,
    )


def _judged_line(found: Judged) -> JudgedLine:
    return JudgedLine(
        text=found.text,
        value=None if found.value is None else encode_value(found.value),
        reason=found.reason,
        since=found.since,
        read_at=found.read_at,
        parts=tuple(map(_judged_line, found.parts)),
    )


def _told_judged(line: JudgedLine) -> Judged:
    return Judged(
        text=line.text,
        value=None if line.value is None else decode_value(line.value),
        reason=line.reason,
        since=line.since,
        read_at=line.read_at,
        parts=tuple(map(_told_judged, line.parts)),
    )
