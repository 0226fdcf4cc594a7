"""What the log says of edits: a failure in lines of their own weight, and its end in one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from interlock.errors import ConfigurationError, Diagnostic, Severity
from interlock.history.journal import JournalHealth
from interlock.runtime.changes import Changes
from interlock.runtime.engine import Engine
from interlock.service.accounts.condition import ApiDoor, Condition
from interlock.service.host import garbage
from interlock.service.loading import load
from interlock.service.reloading.reloader import Reloader, log_findings
from support.journal_entries import HandClock

pytestmark = pytest.mark.slow

SITE = "site: {name: House, timezone: UTC}\n"
BACK = "the site's files have no errors any more, and are what runs again"


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note when what an edit left behind is freed."""
    noted: list[str] = []
    monkeypatch.setattr(garbage, "look_once", lambda: noted.append("look"))
    return noted


class StillEngine:
    """Stands where an engine is: it takes any site, and does nothing."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.has_begun.set()

    def reload(self, *loaded: object) -> Changes:
        return Changes(differences=(), settings=())


def reloader_of(folder: Path) -> Reloader:
    health = JournalHealth(is_written=True, waiting=0, lost=0, written_at=None)
    condition = Condition(place=folder / "journal", journal=lambda: health, api=ApiDoor())
    loaded = load(folder, environ={})
    return Reloader(cast("Engine", StillEngine()), loaded, folder / "journal", condition, HandClock())


def lines(caplog: pytest.LogCaptureFixture) -> Sequence[tuple[int, str]]:
    return [(record.levelno, record.getMessage()) for record in caplog.records]


def test_each_finding_is_logged_at_its_own_level(caplog: pytest.LogCaptureFixture) -> None:
    doubtful = Diagnostic("site.yaml", 3, 1, "it is odd", hint="look", severity=Severity.WARNING)
    log_findings([doubtful, Diagnostic("site.yaml", 2, 5, "it is wrong")])
    assert lines(caplog) == [
        (logging.ERROR, "site.yaml:2:5: error: it is wrong"),
        (logging.WARNING, "site.yaml:3:1: warning: it is odd"),
        (logging.WARNING, "      look"),
    ]


async def test_the_end_of_an_edit_with_errors_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE, encoding="utf-8")
    reloader = reloader_of(tmp_path)
    caplog.set_level(logging.INFO, "interlock.service")
    for _ in range(2):
        site.write_text("site: [", encoding="utf-8")
        with pytest.raises(ConfigurationError):
            await reloader.reload()
    site.write_text(SITE, encoding="utf-8")
    for _ in range(2):
        await reloader.reload()
    found = [(level, text) for level, text in lines(caplog) if text.startswith("the ")]
    refused = (logging.ERROR, "the edited site is refused, and the one that runs stays: 1 error")
    again = (logging.INFO, "the site was read again: nothing that counts is other")
    assert found == [refused, refused, (logging.WARNING, BACK), again, again]


async def test_what_an_edit_leaves_behind_is_freed_once_it_is_taken_over(
    tmp_path: Path, looks: list[str]
) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE, encoding="utf-8")
    reloader = reloader_of(tmp_path)
    site.write_text("site: [", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        await reloader.reload()
    assert looks == []
    site.write_text(SITE, encoding="utf-8")
    await reloader.reload()
    assert looks == ["look"]
