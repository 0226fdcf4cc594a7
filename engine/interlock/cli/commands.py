"""The commands of the program: where each stands, and what it does in a line.

The help needs no more. What a command takes is loaded for the one that is wanted: all of them together would
be most of the time that the help takes, and a tenth of the time to the first poll.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup
from typer.main import get_group

from interlock.cli.exits import EPILOG

if TYPE_CHECKING:
    from typer._click import Command, Context

SUMMARIES: Mapping[str, str] = {
    "init": "Write a commented starting site.",
    "check": "Find every error in a site.",
    "test": "Play the scenarios of a site in virtual time, and show what differs from what they expect.",
    "simulate": "Play a site in virtual time.",
    "replay": "Play what was recorded to the rules again, and show what they would do differently.",
    "run": "Run a site.",
    "would-send": "Tell what a dry run and shadow rules would have sent.",
    "status": "Show how the running service is: since when, its connections, what is unknown, and its rules.",
    "poll-plan": (
        "Show what is polled how often and why, in how many requests, and what the connections allow."
    ),
    "reload": "Let the running service take over what was edited.",
    "log": "Show from which level on the running service logs each area, or change that of one for a while.",
    "points": "Show every point of a site.",
    "read": "Read points once.",
    "set": "Send one command.",
    "call": "Call a controller with named fields.",
    "override": "Hold a point at a value, whatever weaker rules want.",
    "release": "Let go of what an override or a hand at the device holds.",
    "claims": "Show who wants what of which points since when, what wins, and why the others wait.",
    "explain": (
        "Tell why something happened, or did not: by the journal, and of now by the service that runs."
    ),
    "eval": "Compute an expression, with what each of its parts comes to and why one is unknown.",
    "notify": "Send a message by one of the site's notifiers, once, to see whether it arrives.",
    "doctor": (
        "Look at the machine, the site, its journal and its equipment, "
        "and say what to do about what is wrong."
    ),
    "install-service": "Write the systemd unit that runs a site: hardened, watched, restarted.",
    "discover": "List the devices that can be found on a connection, and whether the site has them already.",
    "import": "Take devices over from another tool's project.",
    "schema": "Print a JSON Schema with the site's own names, by which editors complete and check its files.",
    "drivers": "List the installed drivers.",
    "new-driver": "Write a driver project to start from.",
    "simulator": "Serve a site's devices for real.",
    "demo": "See a rule fire.",
    "history": "The past: what devices remember of it, and what the journal has.",
    "rules": "See rules, run them, and let them act or not.",
    "token": "Make, list and revoke the tokens of the HTTP API.",
}
"""The first sentence of the help of each command and group."""

_PLACES: Mapping[str, str] = {
    "set": "set_point.set_point",
    "call": "call_point.call_point",
    "override": "claims.override",
    "release": "claims.release",
    "eval": "eval.evaluate",
    "import": "import_project.import_project",
}
"""Module and name of those that are not called as the command is: Python's own words, mostly."""


def registered(names: Iterable[str]) -> typer.Typer:
    """Return a program of some of the commands, with all that they take."""
    program = typer.Typer(rich_markup_mode=None)
    for name in names:
        found = _load(name)
        if isinstance(found, typer.Typer):
            program.add_typer(found, name=name)
        else:
            # A value such as -3.5 is no option.
            settings = {"ignore_unknown_options": name in ("set", "override")}
            program.command(name, epilog=EPILOG, context_settings=settings)(found)
    return program


def _load(name: str) -> Callable[..., None] | typer.Typer:
    own_name = name.replace("-", "_")
    module, _, attribute = _PLACES.get(name, f"{own_name}.{own_name}").partition(".")
    found: Callable[..., None] | typer.Typer = getattr(import_module(f"interlock.cli.{module}"), attribute)
    return found


class LoadedWhenWanted(TyperGroup):
    """A group whose commands are names with a sentence each until one of them is to be run."""

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Return the command that the arguments begin with, with all that it takes, and the rest of them."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, get_group(registered([name])).commands[name] if name else command, rest
