"""Asking about a site from outside: its files, its journal and the service that runs, as each tells."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from interlock.config.journal_place import JournalPlace
from interlock.config.site import Site
from interlock.errors import ConfigurationError, JournalError
from interlock.history.queries import JournalReader
from interlock.service.control.client import NoService, ask
from interlock.service.control.protocol import Answer, ControlError, Question
from interlock.service.explain.explainer import Explainer
from interlock.service.explain.present import Present, present_alone, present_of
from interlock.service.explain.stories import Gap, Story
from interlock.service.loading import Examined, door_of, errors_of, examine, journal_of

A = TypeVar("A", bound=Answer)
log = logging.getLogger("interlock.service")


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of something."""

    story: Story
    site: Site | None
    """As far as its files are sound; None where they cannot be read at all, and the service alone told."""
    timezone: ZoneInfo


async def explain_site(
    path: Path,
    subject: str,
    *,
    journal: str | None,
    limit: int,
    instant: Callable[[ZoneInfo], datetime | None],
) -> Told:
    """Return what is known of something by the service, where one runs, and by the journal.

    Errors in the files are logged, and what is sound of them is gone by.

    Args:
        path: The site file or its directory.
        subject: What is asked about.
        journal: What ``--journal`` says.
        limit: How many of each kind of things are told.
        instant: Returns what instant is asked about, in a time zone; None for now.

    Raises:
        UnknownSubject: nothing has this name.
        ConfigurationError: the files cannot be read, and no service runs.
        JournalError: the journal cannot be read, and no service runs, or an instant was asked about.
    """
    examined = examine(path)
    site = examined.site
    place = journal_of(site, journal) if site else door_of(path, journal)
    present = await _present(place)
    if site is None:
        return await _by_service(subject, present, examined, instant)
    if errors := errors_of(examined.findings):
        log.error("%s; what has errors is left out here", ConfigurationError(errors))
    at = instant(site.timezone)

    async def story(of_now: Present | None) -> Story:
        try:
            async with JournalReader(place) as reader:
                explainer = Explainer(reader, site, examined.rules, examined.interlocks, of_now)
                return await explainer.explain(subject, limit=limit, at=at)
        except JournalError as error:
            return await present_alone(of_now, subject, at, error)

    return Told(await _as_far_as_it_says(present, story), site, site.timezone)


async def _as_far_as_it_says(
    present: Present | None, story: Callable[[Present | None], Awaitable[Story]]
) -> Story:
    """Return a story, without what is so now where the service that runs cannot say it."""
    try:
        return await story(present)
    except ControlError as error:
        _say_silent(error)
        return await story(present.silent() if present else None)


async def _by_service(
    subject: str,
    present: Present | None,
    examined: Examined,
    instant: Callable[[ZoneInfo], datetime | None],
) -> Told:
    """Return what a service tells of a site whose files cannot be read."""
    errors = ConfigurationError(errors_of(examined.findings))
    if present is None:
        raise errors
    zone = ZoneInfo(present.status.timezone)
    try:
        story = await present.story(subject, Gap(since=None, reason=str(errors)))
    except ControlError as error:
        _say_silent(error)
        raise errors from error
    if story is None or instant(zone) is not None:
        raise errors
    return Told(story, None, zone)


async def _present(place: JournalPlace) -> Present | None:
    """Return what the service that runs with a journal says; None where none runs, or it says nothing."""

    async def asked(question: Question, answer: type[A]) -> A:
        return await ask(place, question, answer)

    try:
        return await present_of(asked)
    except NoService:
        return None
    except ControlError as error:
        _say_silent(error)
        return None


def _say_silent(error: ControlError) -> None:
    log.error("%s: what is so now is not told here", error)
