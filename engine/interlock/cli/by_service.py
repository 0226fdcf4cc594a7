"""Commands for a site whose files have errors just now: the service that runs goes by what it read before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from interlock.cli.awaiting import finish
from interlock.cli.exits import exit_code_of_outcome

if TYPE_CHECKING:
    from pathlib import Path

    from interlock.config.site import Site
    from interlock.errors import ConfigurationError
    from interlock.service.control.answers import OfThePast
    from interlock.service.control.protocol import Answer, Question, SendWords

A = TypeVar("A", bound="Answer")


def site_or_complaint(path: Path) -> Site | None:
    """Return a site; None where its files have errors, which are said."""
    from interlock.errors import ConfigurationError
    from interlock.service.loading import load_devices

    try:
        return load_devices(path)
    except ConfigurationError as error:
        complain_of_files(error)
        return None


def complain_of_files(error: ConfigurationError) -> None:
    """Say that the site's files have errors, and that something is done all the same."""
    from interlock.cli.output import complain

    complain(f"error: {error}; what follows goes without them")


def say_incomplete(told: OfThePast, what: str) -> None:
    """Say where a service began without its journal, so that it does not know all."""
    from interlock.cli.output import complain

    if told.awaits_journal:
        complain(f"the service waits for its journal: {what} that only the journal holds are not among these")


def answer_of_service(
    path: Path, question: Question, answer: type[A], journal: str | None, error: ConfigurationError
) -> A:
    """Return what the service that runs answers, and say that the site's files have errors.

    Args:
        path: The site file or its directory.
        question: What it is asked.
        answer: What it answers.
        journal: What ``--journal`` says.
        error: What is wrong with the files.

    Raises:
        ConfigurationError: the one given: no service runs.
        ControlError: the service refuses it.
    """
    from interlock.service.control.client import NoService, ask
    from interlock.service.loading import door_of

    try:
        found = finish(ask(door_of(path, journal), question, answer))
    except NoService:
        raise error from None
    complain_of_files(error)
    return found


def send_words(
    path: Path, words: SendWords, journal: str | None, error: ConfigurationError, *, is_json: bool
) -> NoReturn:
    """Let the service that runs say what a command means and send it; print what became of it, and end.

    Args:
        path: The site file or its directory.
        words: The command as it was written.
        journal: What ``--journal`` says.
        error: What is wrong with the files.
        is_json: Whether to print JSON.

    Raises:
        ConfigurationError: the one given: no service runs.
        ControlError: the service does not take the command.
    """
    from interlock.cli.receipts import print_receipt
    from interlock.service.by_hand.commanding import send_words_to_service
    from interlock.service.control.client import NoService
    from interlock.service.loading import door_of

    try:
        receipt, unit = finish(send_words_to_service(words, door_of(path, journal)))
    except NoService:
        raise error from None
    complain_of_files(error)
    print_receipt(receipt, unit, is_json=is_json)
    raise typer.Exit(exit_code_of_outcome(receipt.outcome))
