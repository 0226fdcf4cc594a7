"""What the demonstration has shown, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table

from interlock.cli.output import complain, out, say, with_unit
from interlock.config.site import Site
from interlock.model import format_value
from interlock.service.tally import Tally
from interlock.simulation.demo import Proof


def show_summary(tally: Tally, proof: Proof, site: Site) -> None:
    """Print what was read, decided and sent, what the server saw, and whether the rule did its work."""
    say()
    _show("points", ("point", "first", "last"), _point_rows(tally, site))
    _show("rules", ("rule", "fired"), [(rule, f"{count}x") for rule, count in tally.firings.items()])
    _show("commands", ("point", "value", "outcome", "by"), _command_rows(tally))
    _show("what the server saw", ("what", "value"), _server_rows(proof))
    for missing in proof.missing:
        complain(f"missing: {missing}")
    if not proof.missing:
        say(f"The rule did its work: {proof.peak_c} °C at most, {proof.last_c} °C at the end.", "bold green")


def _show(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(*headings, title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    for row in rows:
        table.add_row(*row)
    out().print(table, soft_wrap=False)


def _point_rows(tally: Tally, site: Site) -> Iterable[Sequence[str]]:
    for point, first in tally.first.items():
        unit = site.targets[point].capability.unit
        yield point, with_unit(first, unit), with_unit(tally.last[point], unit)


def _command_rows(tally: Tally) -> Iterable[Sequence[str]]:
    for receipt in tally.receipts:
        command = receipt.command
        yield command.point, format_value(command.value), receipt.outcome.value, str(command.origin)


def _server_rows(proof: Proof) -> Iterable[Sequence[str]]:
    yield "address", proof.url
    yield "requests", str(proof.requests)
    yield "scene launches", str(proof.launches)
    for point, value in proof.held.items():
        yield f"{point} now", format_value(value)
