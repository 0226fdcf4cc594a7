"""``interlock token``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from interlock.cli.arguments import JsonOption, SiteArgument
from interlock.cli.exits import EPILOG

token = typer.Typer(
    help="Make, list and revoke the tokens of the HTTP API.", no_args_is_help=True, epilog=EPILOG
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Whose token it is, such as grafana.")]


@token.callback()
def _group() -> None:
    pass


@token.command("create", epilog=EPILOG)
def create(
    site: SiteArgument,
    name: NameArgument,
    *,
    role: Annotated[
        Literal["read", "operate"],
        typer.Option("--role", help="read sees everything and changes nothing; operate also commands."),
    ],
) -> None:
    """Make a token and print it. It is not kept: nobody can show it again.

    A service that runs takes it at once.

    \b
    Example:
      interlock token create site.yaml grafana --role read
    """
    from interlock.cli.output import err, say
    from interlock.clock import WallClock
    from interlock.service.tokens import Role, TokenFile

    file = TokenFile(_file(site))
    secret = file.create(name, Role(role), WallClock().now())
    err().print(f"token {name}, which may {role}: keep it well, it cannot be shown again", markup=False)
    say(secret)


@token.command("list", epilog=EPILOG)
def list_tokens(site: SiteArgument, json: JsonOption = False) -> None:
    """List the tokens: their names, what they may do, and when they were made.

    \b
    Example:
      interlock token list site.yaml
    """
    from interlock.cli.output import columns, local, print_json, say
    from interlock.service.loading import load_devices
    from interlock.service.tokens import TokenFile

    loaded = load_devices(site)
    found = TokenFile(loaded.service.tokens).read()
    if json:
        print_json([each.model_dump(mode="json", exclude={"sha256"}) for each in found])
    elif found:
        rows = [(each.name, each.role.value, local(each.made_at, loaded.timezone)) for each in found]
        for row in columns([("token", "may", "made"), *rows]):
            say(row)
    else:
        say("there are no tokens: interlock token create makes one")


@token.command("revoke", epilog=EPILOG)
def revoke(site: SiteArgument, name: NameArgument) -> None:
    """Let nobody in by a token any more, from now on.

    \b
    Example:
      interlock token revoke site.yaml grafana
    """
    from interlock.cli.output import say
    from interlock.service.tokens import TokenFile

    TokenFile(_file(site)).revoke(name)
    say(f"token {name} is revoked")


def _file(site: Path) -> Path:
    from interlock.service.loading import load_devices

    return load_devices(site).service.tokens
