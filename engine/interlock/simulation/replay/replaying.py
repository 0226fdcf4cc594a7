"""A replay as a whole: what is known of a span, what rules do about it, and how that differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.errors import ConfigurationError, Diagnostic, NoJournalYet, ReplayFailed
from interlock.expressions.compiler import longest
from interlock.history.recording import Recording
from interlock.model import Point
from interlock.service.loading import Loaded, journal_of
from interlock.simulation.coupling import Plan, plan_of
from interlock.simulation.replay.behind import temperatures_of
from interlock.simulation.replay.comparison import Comparison, Difference, Kind, compare
from interlock.simulation.replay.late_repeats import late_repeats
from interlock.simulation.replay.notes import Aside, followed_points, local, notes_of
from interlock.simulation.replay.playing import Manner, Own, Span, play
from interlock.simulation.replay.record import Record
from interlock.simulation.replay.sendings import Look, Repetitions, Sending, sent_of
from interlock.simulation.replay.value_table import ValueTable
from interlock.virtual import is_virtual

WARM_UP = timedelta(days=1)
"""How much earlier a replay begins, so that rules know what they would have known."""


class Baseline(Enum):
    """What a replay is compared with."""

    RECORDED = "recorded"
    """What was sent then."""
    RULES = "rules"
    """What the site's own rules do in a replay."""
    NOTHING = "nothing"
    """Nothing is recorded of what was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the past of a site is looked for."""

    journal: JournalPlace | None = None
    """A service's journal; None for the site's own, if there is one."""
    fetched: bool = False
    """Whether what was fetched from devices counts."""
    tables: Sequence[Path] = ()
    """CSV files of readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of a replay."""

    site: Site
    span: Span
    own: Own
    baseline: Baseline
    before: Sequence[Sending]
    """What the replay is compared with."""
    after: Sequence[Sending]
    """What would be sent."""
    comparison: Comparison | None
    """None where there is nothing to compare with."""
    notes: Sequence[str]
    """Sentences that say what the replay goes by, and what it cannot know."""
    followed: Sequence[Point]
    """The points whose readings are as recorded although commands would change them, or follow the replay."""

    looks: Sequence[Look] = ()
    """What rules looked at in the replay, around the instant that was asked for."""

    @property
    def timezone(self) -> ZoneInfo:
        """The site's."""
        return self.site.timezone


@contextmanager
def open_record(site: Site, sources: Sources) -> Iterator[Record]:
    """Open what is known of a site's past, and check it.

    Raises:
        ConfigurationError: a file of readings has errors; those of all files.
        JournalError: the journal cannot be read.
        ReplayFailed: there is nothing, or it is of another site.
    """
    tables = _checked(site, sources.tables)
    place = sources.journal or journal_of(site)
    with ExitStack() as stack:
        journal: Recording | None = None
        try:
            journal = stack.enter_context(Recording(place))
        except NoJournalYet:
            if sources.journal or not tables:
                raise
        targets = {point: is_virtual(target) for point, target in site.targets.items()}
        record = Record(journal, fetched=sources.fetched, tables=tables, targets=targets)
        _require_kinship(record, site, place)
        if sources.fetched and not record.of_devices:
            raise ReplayFailed(
                f"journal {place} has nothing that was fetched: interlock history fetch brings it"
            )
        yield record


def _checked(site: Site, paths: Sequence[Path]) -> Sequence[ValueTable]:
    findings: list[Diagnostic] = []
    tables = [ValueTable(path, site.targets, site.timezone) for path in paths]
    for table in tables:
        try:
            table.check()
        except ConfigurationError as error:
            findings.extend(error.diagnostics)
    if findings:
        raise ConfigurationError(findings)
    return tables


def _require_kinship(record: Record, site: Site, place: JournalPlace) -> None:
    if record.strangers and not record.points:
        some = ", ".join(record.strangers[:3])
        raise ReplayFailed(
            f"journal {place} is of another site: {site.path} has none of its points, such as {some}"
        )


def span_of(record: Record, rules: Loaded, start: datetime, end: datetime, tolerance: timedelta) -> Span:
    """Return from when to when a replay goes.

    Raises:
        ReplayFailed: nothing is known of that time; the message says of which something is.
    """
    known = record.span()
    if known is None or known[1] < start or known[0] >= end:
        zone = rules.site.timezone
        raise ReplayFailed(f"nothing is recorded {_between(start, end, zone)}{_instead(known, zone)}")
    longest_window = max(longest(rule.windows for rule in rules.rules).values(), default=timedelta())
    warm_from = start - max(WARM_UP, longest_window)
    return Span(warm_from=warm_from, start=start, end=end, tolerance=tolerance)


def _instead(known: tuple[datetime, datetime] | None, zone: ZoneInfo) -> str:
    return ": no service has run yet" if known is None else f": the record reaches {_between(*known, zone)}"


def _between(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    return f"from {local(start, zone)} to {local(end, zone)}"


def replay(
    loaded: Loaded,
    record: Record,
    span: Span,
    own: Own,
    other: Loaded | None = None,
    *,
    looks_at: datetime | None = None,
) -> Replayed:
    """Replay a span, and compare what would be sent with what was, or with what the site's own rules do.

    Args:
        loaded: The site.
        record: What is known of its past.
        span: From when to when.
        own: What points show that commands would have changed.
        other: The site with other rules, which then are compared with its own.
        looks_at: Around which instant it is noted what rules look at.

    Raises:
        ConfigurationError: the site's section `plant` has errors.
        JournalError: the record cannot be read to its end.
        WeatherError: the building's weather does not know the span.
    """
    plan = _plan(loaded.site) if own is Own.PLANT else None
    manner = Manner(own, plan, looks_at)
    played = play(other or loaded, record, span, manner)
    if other is None:
        baseline, before, shadows = _recorded(record, span)
    else:
        own_rules = play(loaded, record, span, manner)
        baseline, before, shadows = Baseline.RULES, own_rules.sendings, own_rules.shadows
    repetitions = Repetitions(), Repetitions()
    ones = list(repetitions[0].filtered(before))
    others = list(repetitions[1].filtered(played.sendings))
    late = _late(ones, others, record, loaded, span) if baseline is Baseline.RECORDED else frozenset[str]()
    ones = [each for each in ones if each.command.id not in late]
    rules = other or loaded
    aside = Aside(
        followed=followed_points([loaded, rules] if other else [rules], record),
        zones=temperatures_of(plan) if plan else (),
        repetitions=repetitions[0].count + repetitions[1].count + len(late),
        shadows=shadows + played.shadows,
    )
    return Replayed(
        site=rules.site,
        span=span,
        own=own,
        baseline=baseline,
        before=_counted(ones, span),
        after=_counted(others, span),
        comparison=_compared(ones, others, baseline, span, record),
        notes=tuple(notes_of(rules, record, span, own, aside)),
        followed=(*aside.followed, *aside.zones),
        looks=tuple(played.looks),
    )


def _compared(
    before: Sequence[Sending], after: Sequence[Sending], baseline: Baseline, span: Span, record: Record
) -> Comparison | None:
    if baseline is Baseline.NOTHING:
        return None
    found = compare(before, after, span.tolerance, span.start, span.end)
    return _explained(found, record) if baseline is Baseline.RECORDED else found


def _late(
    before: Sequence[Sending], after: Sequence[Sending], record: Record, rules: Loaded, span: Span
) -> frozenset[str]:
    """Return the ids of recorded commands that a replay has no cause to send."""
    if record.journal is None:
        return frozenset()
    found = compare(before, after, span.tolerance, span.start, span.end)
    missing = [each.before for each in found.differences if each.before and each.kind is Kind.MISSING]
    sent = sent_of(record.sent(span.warm_from, span.until))
    return late_repeats(missing, sent, record.journal, rules.site)


def _plan(site: Site) -> Plan | None:
    """Return the building of a site; none where nobody described it, since a guess is no past."""
    return plan_of(site) if site.plant is not None else None


def _recorded(record: Record, span: Span) -> tuple[Baseline, Sequence[Sending], int]:
    if not record.runs(span.start, span.end):
        return Baseline.NOTHING, (), 0
    return Baseline.RECORDED, list(sent_of(record.sent(span.since, span.until))), 0


def _explained(comparison: Comparison, record: Record) -> Comparison:
    """Return a comparison in which what is missing says why it was sent then."""
    return replace(comparison, differences=[_with_reason(each, record) for each in comparison.differences])


def _with_reason(difference: Difference, record: Record) -> Difference:
    before = difference.before
    if before is None or record.journal is None or before.reason:
        return difference
    return replace(difference, before=replace(before, reason=record.journal.reason_of(before.command)))


def _counted(sendings: Sequence[Sending], span: Span) -> Sequence[Sending]:
    return [each for each in sendings if span.start <= each.at < span.end]
