"""Telling what happens while it happens."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from interlock.cli.output import say, with_unit
from interlock.cli.receipts import STYLES, receipt_line
from interlock.config.site import Site
from interlock.history.records import ConnectionEvent, Entry, Firing
from interlock.model import Command, Point, Reading, Receipt, Value, format_command, format_value
from interlock.service.loading import Loaded
from interlock.service.tally import Tally
from interlock.simulation.demo import Hour

_WIDTH = 8
"""Of the column that says what kind of line it is."""


class Narrator:
    """Prints what goes into a journal, and the building's clock, as lines; counts it on the way."""

    def __init__(self, site: Site) -> None:
        self.tally = Tally()
        self._site = site
        self._shown: dict[Point, Value | None] = {}
        self._half_hour = -1

    def introduce(self, loaded: Loaded) -> None:
        """Say what is about to be seen."""
        say(Text(loaded.site.name, "bold").append(": a hot afternoon", "not bold"))
        say("The service runs these rules, with the real driver, against a server on this machine:")
        for rule in loaded.rules:
            say(Text("  ").append(rule.id, "magenta").append(f"  {rule.description}", "dim"))
        say("The flat's time passes faster than ours.")
        say()

    def tell(self, happened: Entry | Hour) -> None:
        """Print what happened, where it is news."""
        match happened:
            case Hour():
                self._tell_hour(happened)
                return
            case Reading():
                self._tell_reading(happened)
            case Firing():
                self._tell_firing(happened)
            case Command():
                self._line(happened.created_at, "sends", format_command(happened), "cyan")
            case Receipt():
                self._tell_receipt(happened)
            case ConnectionEvent():
                self._line(happened.at, "network", happened.text, "yellow")
        self.tally.take(happened)

    def _line(self, at: datetime | None, kind: str, text: str | Text, style: str = "") -> None:
        time = f"{at.astimezone(self._site.timezone):%H:%M:%S}" if at else " " * 8
        line = Text().append(f"{time}  ", "dim").append(kind.ljust(_WIDTH), style).append("  ")
        say(line.append_text(Text(text) if isinstance(text, str) else text))

    def _tell_hour(self, hour: Hour) -> None:
        half_hour = hour.at.hour * 2 + hour.at.minute // 30
        if half_hour != self._half_hour:
            self._half_hour = half_hour
            clock = f"{half_hour // 2:02}:{half_hour % 2 * 30:02}"
            say(Text(f"          -- {clock} in the flat, {hour.outdoor_c:.0f} °C outdoors --", "dim"))

    def _tell_reading(self, reading: Reading) -> None:
        value = reading.value if reading.is_usable else None
        is_new = reading.point not in self._shown
        before = self._shown.get(reading.point)
        if not is_new and before == value:
            return
        self._shown[reading.point] = value
        unit = self._site.targets[reading.point].capability.unit
        text = f"{reading.point} = {with_unit(value, unit)}"
        if not is_new:
            text += f", was {format_value(before)}"
        reason = f" ({reading.reason})" if reading.reason else ""
        self._line(reading.at, "reads", text + reason)

    def _tell_firing(self, firing: Firing) -> None:
        decision = firing.decision
        self._line(decision.at, "fires", f"rule {decision.rule.id}", "bold magenta")
        self._line(None, "because", decision.reason, "magenta")

    def _tell_receipt(self, receipt: Receipt) -> None:
        if receipt.exchange:
            self._line(None, "answer", Text(receipt.exchange, "dim"))
        self._line(receipt.at, "receipt", receipt_line(receipt), STYLES[receipt.outcome])
