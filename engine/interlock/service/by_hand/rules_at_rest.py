"""How the rules of a site are while no service runs, and switching them then, by the journal."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.clock import WallClock
from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.errors import JournalError, NoJournalYet
from interlock.history.queries import JournalReader
from interlock.history.records import Entry, Past, RuleSwitch
from interlock.history.sql_journal import SqlJournal
from interlock.model import OriginKind
from interlock.rules.claims import Claim
from interlock.rules.rule import Mode, Rule
from interlock.runtime.firings.rule_status import RuleStatus
from interlock.service.accounts.rule_lines import rule_line
from interlock.service.control.protocol import RuleLine


async def rule_lines(site: Site, rules: Sequence[Rule], journal: JournalPlace) -> Sequence[RuleLine]:
    """Return how the rules of a site are while no service runs.

    Raises:
        JournalError: the journal cannot be read; that there is none yet is no error.
    """
    now = WallClock().now()
    past = await _past(journal)
    return [rule_line(rule, _status(rule, past), site.timezone, now) for rule in rules]


async def switch_at_rest(rule: str, journal: JournalPlace, *, is_on: bool) -> None:
    """Let a rule act or not from the next start of the service on.

    Raises:
        JournalError: the journal cannot be written.
    """
    await record_at_rest(journal, RuleSwitch(rule, WallClock().now(), is_on, "hand"))


async def record_at_rest(journal: JournalPlace, *entries: Entry) -> None:
    """Write entries into a journal that no service has open.

    Raises:
        JournalError: it cannot be written.
    """
    written = SqlJournal(journal, WallClock(), is_service=False)
    await written.open()
    try:
        written.record(*entries)
        if not await written.commit():
            raise JournalError(f"journal {journal} cannot be written")
    finally:
        await written.close()


async def _past(journal: JournalPlace) -> Past:
    try:
        async with JournalReader(journal) as reader:
            return await reader.past(WallClock().now())
    except NoJournalYet:
        return Past()


def _is_of(rule: Rule, claim: Claim) -> bool:
    return claim.owner.kind is OriginKind.RULE and claim.owner.name == rule.id


def _status(rule: Rule, past: Past) -> RuleStatus:
    switch, fired = past.switches.get(rule.id), past.fired.get(rule.id)
    return RuleStatus(
        rule=rule.id,
        is_on=rule.mode is not Mode.OFF if switch is None else switch.is_on,
        switch=switch,
        running=sum(each.rule == rule.id for each in past.unfinished),
        queued=0,
        held=sum(_is_of(rule, claim) for claim in past.claims),
        fired_at=fired[-1] if fired else None,
    )
