"""How each rule of a site is, as one line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.rules.rule import Rule
from interlock.rules.schedule import next_run
from interlock.rules.triggers import TimeTrigger
from interlock.runtime.firings.rule_status import RuleStatus
from interlock.service.control.protocol import RuleLine


def rule_line(rule: Rule, status: RuleStatus, timezone: ZoneInfo, now: datetime) -> RuleLine:
    """Return how a rule is."""
    times = [
        next_run(each.schedule, timezone, now) for each in rule.triggers if isinstance(each, TimeTrigger)
    ]
    return RuleLine(
        rule=rule.id,
        mode=rule.mode.value,
        is_on=status.is_on,
        switched_by=status.switch.by if status.switch else "",
        switched_at=status.switch.at if status.switch else None,
        running=status.running,
        queued=status.queued,
        held=status.held,
        fired_at=status.fired_at,
        due_at=min((time for time in times if time), default=None) if status.is_on else None,
    )
