"""Takes edits of a site's files over into the service that runs: all of an edit, or nothing of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from interlock.clock import Clock
from interlock.config.journal_place import JournalPlace
from interlock.config.report import count, in_order, paragraph
from interlock.errors import ConfigurationError, Diagnostic, InterlockError, Severity
from interlock.runtime.changes import Changes
from interlock.runtime.engine import Engine
from interlock.service.accounts.condition import Condition
from interlock.service.host import garbage
from interlock.service.loading import Loaded, examine
from interlock.service.logs.lines import use_timezone
from interlock.service.reloading.edits import SourceFiles, edits
from interlock.service.requests import attempt

log = logging.getLogger("interlock.service")

_CANNOT = "the edited site cannot be loaded, and the one that runs stays"


class Reloader:
    """Reloads a site into an engine, one edit at a time.

    Args:
        engine: Runs the site.
        loaded: The site as it was loaded for it.
        journal: The journal's file, which is no edit when it is written.
        condition: Takes note of edits that are refused.
        clock: Tells when.
    """

    def __init__(
        self, engine: Engine, loaded: Loaded, journal: JournalPlace, condition: Condition, clock: Clock
    ) -> None:
        self._engine = engine
        self._path = loaded.site.path
        self._memory = loaded.memory
        self._journal = journal
        self._condition = condition
        self._clock = clock
        self._files = SourceFiles(self._path)
        self._files.follow(loaded.site)
        self._files.take()
        self._turn = asyncio.Lock()
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Let the site be reloaded soon; what is wrong with it is logged."""
        self._asked.set()

    async def reload(self) -> Changes:
        """Read the files again and go on with what they hold; return what is other.

        Raises:
            ConfigurationError: they have errors; the rules that are running stay as they are.
        """
        await self._engine.has_begun.wait()
        async with self._turn:
            self._files.take()
            # Thousands of rules take seconds to compile, in which devices go on to be read.
            examined = await asyncio.to_thread(examine, self._path, memory=self._memory)
            self._files.follow(examined.site)
            self._files.take()
            try:
                loaded = examined.loaded
            except ConfigurationError as error:
                found = count(error.diagnostics)
                log.error("the edited site is refused, and the one that runs stays: %s", found)
                log_findings(error.diagnostics)
                self._note(error)
                raise
            if self._condition.refused:
                log.warning("the site's files have no errors any more, and are what runs again")
            self._condition.take_edit()
            log_findings(loaded.warnings)
            changes = self._engine.reload(loaded.site, loaded.rules, loaded.interlocks)
            use_timezone(loaded.site.timezone)
            garbage.look_once()
        log.info("the site was read again: %s", "; ".join(changes.lines) or "nothing that counts is other")
        return changes

    def _note(self, error: ConfigurationError) -> None:
        first, *others = in_order(each for each in error.diagnostics if each.severity is Severity.ERROR)
        place = f"{first.file}:{first.line}"
        self._condition.refuse_edit(self._clock.now(), 1 + len(others), f"{place}: {first.message}")

    async def serve(self) -> None:
        """Reload whenever that is asked for or files are edited; without end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch(), name="edits")
            while True:
                await self._asked.wait()
                self._asked.clear()
                await self._try()

    async def _watch(self) -> None:
        try:
            async for _ in edits(self._files, self._journal):
                self.ask()
        except OSError as error:
            log.error("edits are not noticed: %s; SIGHUP and interlock reload still work", error)

    async def _try(self) -> None:
        try:
            await attempt(self.reload, _CANNOT)
        except ConfigurationError:
            return  # It is in the log.
        except InterlockError as error:
            log.error("%s: %s", _CANNOT, error)


def log_findings(findings: Iterable[Diagnostic]) -> None:
    """Write what was found in a site's files into the log, as people read it, each at its own level."""
    for finding in in_order(findings):
        level = logging.ERROR if finding.severity is Severity.ERROR else logging.WARNING
        for line in paragraph(finding).splitlines():
            log.log(level, "%s", line)
