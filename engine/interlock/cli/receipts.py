"""Printing what became of commands."""

from __future__ import annotations

from rich.text import Text

from interlock.cli.output import complain, print_json, say, with_unit
from interlock.history.values import Json, as_json
from interlock.model import Outcome, Receipt, format_command
from interlock.redaction import redactor

STYLES = {
    Outcome.ACCEPTED: "green",
    Outcome.SUPPRESSED: "cyan",
    Outcome.OUTRANKED: "yellow",
    Outcome.DEFERRED: "cyan",
    Outcome.REFUSED: "red",
    Outcome.FAILED: "red",
    Outcome.UNCERTAIN: "yellow",
}


def receipt_line(receipt: Receipt) -> Text:
    """Return a command and its outcome as a line."""
    command = receipt.command
    line = Text(redactor.redact(f"{format_command(command)}: "))
    line.append(receipt.outcome.value, STYLES[receipt.outcome])
    if receipt.reason:
        line.append(f": {redactor.redact(receipt.reason)}")
    return line


def print_receipt(receipt: Receipt, unit: str, *, is_json: bool) -> None:
    """Print a receipt; one that is not accepted as lines of standard error."""
    if is_json:
        print_json(document(receipt))
        return
    if receipt.outcome is Outcome.ACCEPTED:
        say(receipt_line(receipt))
    else:
        complain(receipt_line(receipt).plain)
    if receipt.exchange:
        say(f"  {receipt.exchange}")
    if receipt.answer is not None:
        say(f"  the device answers {with_unit(receipt.answer, unit)}")


def document(receipt: Receipt) -> Json:
    """Return a receipt for JSON."""
    return {
        "point": receipt.command.point,
        "value": as_json(receipt.command.value),
        "fields": {name: as_json(value) for name, value in receipt.command.fields.items()},
        "outcome": receipt.outcome.value,
        "reason": receipt.reason,
        "answer": as_json(receipt.answer),
        "exchange": receipt.exchange,
        "attempts": receipt.attempts,
        "at": receipt.at.isoformat(),
    }
