"""The program ``interlock``: its commands and options."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.commands import SUMMARIES, LoadedWhenWanted
from interlock.cli.exits import EPILOG

app = typer.Typer(
    name="interlock",
    cls=LoadedWhenWanted,
    help="Automation rules for buildings: YAML rules, driver plugins, and an answer to why.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _stand_in() -> None:
    pass


for name, summary in SUMMARIES.items():
    app.command(name, help=summary)(_stand_in)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        import interlock

        typer.echo(f"interlock {interlock.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    pass
