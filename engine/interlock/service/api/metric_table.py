"""Every metric of a service: its name, what it means, and where its value comes from.

Names and units are those of Prometheus' conventions. Labels are connections, rules, outcomes and the like,
of which a site has few; never points, of which it may have thousands.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import interlock
from interlock.model import Outcome, Quality
from interlock.rules.rule import Mode, Verdict
from interlock.runtime.connections.link import Link, PollOutcome
from interlock.service.api.served import Served
from interlock.service.hooks.gate import Fate
from interlock.service.onlookers.counts import Lags


class MetricKind(StrEnum):
    """What its values are."""

    GAUGE = "gauge"
    COUNTER = "counter"
    SUMMARY = "summary"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Total:
    """How much several came to together, and how many they were."""

    count: int
    sum: float


Sample: TypeAlias = tuple[Sequence[str], float | Total | Lags]
"""The values of the labels, and the value."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric."""

    name: str
    kind: MetricKind
    help: str
    read: Callable[[Served], Iterable[Sample]]
    labels: tuple[str, ...] = ()


def _one(value: float | None) -> Iterator[Sample]:
    """Yield a value without labels; nothing where there is none."""
    if value is not None:
        yield (), value


def _instant(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _info(served: Served) -> Iterator[Sample]:
    yield (served.engine.site.name, interlock.__version__, platform.python_version()), 1


def _of_links(value: Callable[[Link], float | Total | None]) -> Callable[[Served], Iterator[Sample]]:
    """Return what reads a value of each connection, where it has one."""

    def read(served: Served) -> Iterator[Sample]:
        for name, link in served.engine.links.items():
            found = value(link)
            if found is not None:
                yield (name,), found

    return read


def _up(served: Served) -> Iterator[Sample]:
    for name, link in served.engine.links.items():
        if link.is_there is not None:
            yield (name, link.connection.driver.name), link.is_there


def _polls(served: Served) -> Iterator[Sample]:
    for name, link in served.engine.links.items():
        yield from (((name, outcome), link.polls[outcome]) for outcome in PollOutcome)


def _used_today(link: Link) -> float | None:
    return None if link.connection.settings.daily is None else link.allowance.used_today


def _commands(served: Served) -> Iterator[Sample]:
    counted = served.onlookers.counts.commands
    names = {*served.engine.links, *(name for name, _ in counted)}
    for name in sorted(names):
        yield from (((name, outcome.value), counted[name, outcome]) for outcome in Outcome)


def _points(served: Served) -> Iterator[Sample]:
    state = served.engine.state
    found: Counter[str] = Counter()
    for point in served.engine.site.targets.keys() & served.engine.needed:
        reading = None if point in state.values else state.reading(point)
        if point in state.values:
            found["known"] += 1
        elif reading is None:
            found["unread"] += 1
        else:
            found["stale" if reading.quality is Quality.STALE else "fault"] += 1
    yield from (((each,), found[each]) for each in ("known", "stale", "fault", "unread"))


def _rules(served: Served) -> Iterator[Sample]:
    runner = served.engine.runner
    found = Counter(_state(rule.mode, is_on=runner.is_on(rule.id)) for rule in served.engine.rules)
    yield from (((each,), found[each]) for each in ("acting", "shadow", "off"))


def _state(mode: Mode, *, is_on: bool) -> str:
    if not is_on:
        return "off"
    return "shadow" if mode is Mode.SHADOW else "acting"


def _firings(served: Served) -> Iterator[Sample]:
    counted = served.onlookers.counts.firings
    yield from (((rule.id,), counted[rule.id]) for rule in served.engine.rules)


def _near_misses(served: Served) -> Iterator[Sample]:
    counted = served.onlookers.counts.near_misses
    rules = [rule.id for rule in served.engine.rules]
    known = set(rules)
    # A fault is counted from 0 on: Prometheus sees no increase in a series that begins at 1.
    found = {key for key in counted if key[0] in known} | {(rule, Verdict.BROKEN) for rule in rules}
    for rule, verdict in sorted(found, key=lambda each: (each[0], each[1].value)):
        yield (rule, verdict.value), counted[rule, verdict]


def _stopped(served: Served) -> Iterator[Sample]:
    runner = served.engine.runner
    yield from (((rule.id,), runner.is_stopped(rule.id)) for rule in served.engine.rules)


def _claims(served: Served) -> Iterator[Sample]:
    arbiter = served.engine.arbiter
    found = Counter(claim.priority for point in arbiter.points for claim in arbiter.array(point))
    yield from (((str(priority),), found[priority]) for priority in range(1, 17))


def _interlocks(served: Served) -> Iterator[Sample]:
    yield from (((name,), broken) for name, broken in served.engine.arbiter.broken.items())


def _journal_size(served: Served) -> Iterator[Sample]:
    """Yield what a journal in files takes on the disk."""
    if isinstance(served.journal, Path):
        files = (served.journal, served.journal.with_name(f"{served.journal.name}-wal"))
        yield (), sum(file.stat().st_size for file in files if file.exists())


def _requests(served: Served) -> Iterator[Sample]:
    counted: Mapping[tuple[str, Fate], int] = served.onlookers.hooks.counts
    for name in (*served.engine.site.service.webhooks, ""):
        yield from (((name, fate), counted.get((name, fate), 0)) for fate in Fate)


_G, _C, _S, _H = MetricKind

METRICS: Sequence[Metric] = (
    Metric(
        "interlock_info",
        _G,
        "Which site and version this is; always 1.",
        _info,
        ("site", "version", "python"),
    ),
    Metric(
        "interlock_dry_run",
        _G,
        "Whether nothing is sent.",
        lambda served: _one(served.engine.is_dry_run),
    ),
    Metric(
        "interlock_connection_up",
        _G,
        "Whether a connection answers; there is no sample before anything was heard of it.",
        _up,
        ("connection", "driver"),
    ),
    Metric(
        "interlock_connection_stopped",
        _G,
        "Whether a connection is not asked any more, because its credentials were refused.",
        _of_links(lambda link: link.health.stopped is not None),
        ("connection",),
    ),
    Metric(
        "interlock_connection_last_success_timestamp_seconds",
        _G,
        "When a poll last brought a value; there is no sample before the first one did.",
        _of_links(lambda link: _instant(link.answered_at)),
        ("connection",),
    ),
    Metric(
        "interlock_connection_requests_total",
        _C,
        "Requests that were sent, to read and to command.",
        _of_links(lambda link: link.requests),
        ("connection",),
    ),
    Metric(
        "interlock_connection_requests_today",
        _G,
        "Requests that were sent since midnight, of connections with a daily budget.",
        _of_links(_used_today),
        ("connection",),
    ),
    Metric(
        "interlock_connection_daily_budget",
        _G,
        "Requests that may be sent in a day, of connections that have a daily budget.",
        _of_links(lambda link: link.connection.settings.daily),
        ("connection",),
    ),
    Metric(
        "interlock_connection_pending_writes",
        _G,
        "Commands that are on the wire or wait for their turn.",
        _of_links(lambda link: link.writing),
        ("connection",),
    ),
    Metric(
        "interlock_polls_total",
        _C,
        "Polls, by whether all points answered (complete), some (partial) or none (failed).",
        _polls,
        ("connection", "outcome"),
    ),
    Metric(
        "interlock_poll_duration_seconds",
        _S,
        "How long polls took, all their points together.",
        _of_links(lambda link: Total(link.punctuality.polls, link.punctuality.took.total_seconds())),
        ("connection",),
    ),
    Metric(
        "interlock_poll_overruns_total",
        _C,
        "Polls that took longer than until the next was due.",
        _of_links(lambda link: link.punctuality.overruns),
        ("connection",),
    ),
    Metric(
        "interlock_points",
        _G,
        "Points that rules, claims or people need: known, stale, at fault, or never read.",
        _points,
        ("state",),
    ),
    Metric(
        "interlock_rules",
        _G,
        "Rules that act, that only say what they would do (shadow), and that are off.",
        _rules,
        ("state",),
    ),
    Metric("interlock_rule_firings_total", _C, "Firings.", _firings, ("rule",)),
    Metric(
        "interlock_rule_near_misses_total",
        _C,
        "Triggers that came and after which the rule did nothing, by why.",
        _near_misses,
        ("rule", "verdict"),
    ),
    Metric(
        "interlock_rule_stopped",
        _G,
        "Whether a rule was stopped for a while because it ran away, and does nothing meanwhile.",
        _stopped,
        ("rule",),
    ),
    Metric(
        "interlock_firings_running",
        _G,
        "Firings that have not ended.",
        lambda served: _one(served.engine.runner.under_way),
    ),
    Metric(
        "interlock_commands_total",
        _C,
        "Commands, by what became of them. One that was deferred first counts twice.",
        _commands,
        ("connection", "outcome"),
    ),
    Metric("interlock_claims", _G, "Claims on points.", _claims, ("priority",)),
    Metric(
        "interlock_interlock_broken",
        _G,
        "Whether the world has made true what an interlock says must never be.",
        _interlocks,
        ("interlock",),
    ),
    Metric(
        "interlock_control_loop_lag_seconds",
        _H,
        "How late the control loop gave its signs of life, one each 5 seconds.",
        lambda served: [((), served.onlookers.lags)],
    ),
    Metric(
        "interlock_control_queue_items",
        _G,
        "Readings and events that came in and that nothing was decided on yet.",
        lambda served: _one(served.engine.waiting),
    ),
    Metric(
        "interlock_clock_last_jump_seconds",
        _G,
        "How far the clock was last set, less than 0 for back; there is no sample where it was not.",
        lambda served: _one(jump.by.total_seconds() if (jump := served.engine.clock_set) else None),
    ),
    Metric(
        "interlock_clock_last_jump_timestamp_seconds",
        _G,
        "When the clock was last set by more than a minute.",
        lambda served: _one(_instant(jump.at) if (jump := served.engine.clock_set) else None),
    ),
    Metric(
        "interlock_config_last_reload_successful",
        _G,
        "Whether the site's files were taken over as they are; 0 where an edit has errors.",
        lambda served: _one(served.condition.refused is None),
    ),
    Metric(
        "interlock_config_last_reload_success_timestamp_seconds",
        _G,
        "When the site's files were last taken over, at the start or after.",
        lambda served: _one(_instant(served.onlookers.counts.reloaded_at or served.engine.started_at)),
    ),
    Metric(
        "interlock_config_reloads_total",
        _C,
        "Edits of the site that were taken over.",
        lambda served: _one(served.onlookers.counts.reloads),
    ),
    Metric(
        "interlock_journal_up",
        _G,
        "Whether the journal can be written.",
        lambda served: _one(served.condition.journal().is_written),
    ),
    Metric(
        "interlock_journal_last_write_timestamp_seconds",
        _G,
        "When the journal was last written; that is at least once a minute.",
        lambda served: _one(_instant(served.condition.journal().written_at)),
    ),
    Metric(
        "interlock_journal_queue_entries",
        _G,
        "Entries that are not written into the journal yet.",
        lambda served: _one(served.condition.journal().waiting),
    ),
    Metric(
        "interlock_journal_lost_entries_total",
        _C,
        "Entries that were never written, because too many waited.",
        lambda served: _one(served.condition.journal().lost),
    ),
    Metric(
        "interlock_journal_size_bytes",
        _G,
        "What the journal takes on the disk; there is no sample for one in a database server.",
        _journal_size,
    ),
    Metric(
        "interlock_event_streams",
        _G,
        "Clients that listen to /v1/events.",
        lambda served: _one(served.onlookers.feed.listeners),
    ),
    Metric(
        "interlock_events_lost_total",
        _C,
        "Events that clients of /v1/events were too slow for.",
        lambda served: _one(served.onlookers.feed.lost),
    ),
    Metric(
        "interlock_webhook_requests_total",
        _C,
        "Requests for webhooks, by what became of them; webhook is empty for names that the site has not.",
        _requests,
        ("webhook", "outcome"),
    ),
)
"""Every metric but those of the process, which the Prometheus library reads."""

POINT_VALUE = Metric(
    "interlock_point_value",
    _G,
    "What a point holds; on is 1. There are samples for points alone that the query names.",
    lambda served: (),
    ("point",),
)
"""What clients get that ask for points by their names."""
