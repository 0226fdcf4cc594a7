"""``interlock demo``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from interlock.cli.awaiting import finish
from interlock.cli.exits import ExitCode


def demo(
    fast: Annotated[bool, typer.Option("--fast", help="In about ten seconds instead of a minute.")] = False,
) -> None:
    """See a rule fire. A hot afternoon in a simulated flat, with the real driver, engine and journal.

    \b
    Example:
      interlock demo --fast
    """
    from interlock.cli.demo_summary import show_summary
    from interlock.cli.narration import Narrator
    from interlock.cli.output import start_logging
    from interlock.plugins import load_plugins
    from interlock.service.loading import load
    from interlock.service.logs.lines import Detail
    from interlock.service.scaffolding.examples import flat
    from interlock.simulation.demo import FAST_PACE, PACE, Proof, play

    start_logging(Detail.ERRORS, 0)
    registry = load_plugins()
    loaded = load(flat(), registry)
    narrator = Narrator(loaded.site)
    narrator.introduce(loaded)
    pace = FAST_PACE if fast else PACE

    async def play_and_tidy() -> Proof:
        # In here Ctrl-C cancels; out there it could come between the directory and the care for it.
        with tempfile.TemporaryDirectory(prefix="interlock-demo-") as directory:
            return await play(loaded, registry, Path(directory), pace, narrator.tell)

    proof = finish(play_and_tidy())
    show_summary(narrator.tally, proof, loaded.site)
    raise typer.Exit(ExitCode.FINDINGS if proof.missing else ExitCode.FINE)
