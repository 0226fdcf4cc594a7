"""``interlock install-service``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interlock.cli.arguments import JournalOption, SiteArgument


def install_service(  # noqa: PLR0917 - the command line
    site: SiteArgument,
    user: Annotated[
        str,
        typer.Option("--user", metavar="NAME", help="Whom it runs as; who owns the site file by default."),
    ] = "",
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME", help="The unit is interlock-NAME; the folder's by default."),
    ] = "",
    journal: JournalOption = None,
    environment: Annotated[
        Path | None,
        typer.Option("--environment", metavar="FILE", help="NAME=value lines, for !env in the site file."),
    ] = None,
    directory: Annotated[
        Path, typer.Option("--directory", metavar="DIR", help="Where units of the system lie.")
    ] = Path("/etc/systemd/system"),
    only_print: Annotated[bool, typer.Option("--print", help="Print the unit and write nothing.")] = False,
) -> None:
    """Write the systemd unit that runs a site: hardened, watched, restarted. It is checked before.

    Units are written by root: put sudo in front.

    \b
    Example:
      interlock install-service /srv/flat --user interlock
    """
    from interlock.cli.output import complain, say
    from interlock.config.journal_place import Database, absolute
    from interlock.service.host.unit_file import (
        CannotInstall,
        Installation,
        check_installation,
        files_of,
        installed_program,
        interpreter,
        unit_name,
        unit_text,
        verify_unit,
        write_unit,
    )
    from interlock.service.loading import journal_of, load

    loaded = load(site)
    place = journal_of(loaded.site, journal)
    if journal and isinstance(place, Database):
        raise CannotInstall(
            "a unit shows its command line to everybody: write the URL of the journal in the site file, "
            "under 'journal', and its password in secrets.yaml"
        )
    path = loaded.site.path.resolve()
    installation = Installation(
        name=name or unit_name(path),
        title=loaded.site.name,
        site=path,
        journal=absolute(place),
        user=user or path.owner(),
        program=installed_program(),
        interpreter=interpreter(),
        files=files_of(loaded.site),
        environment=environment.resolve() if environment else None,
    )
    if installation.user == "root" and not user:
        raise CannotInstall(
            "the site file belongs to root, and the service needs no such rights: "
            "name a user by --user interlock, to whom the site's folder belongs"
        )
    check_installation(installation)
    if only_print:
        say(unit_text(installation).rstrip())
        return
    unit = directory / installation.unit
    write_unit(unit, unit_text(installation))
    if findings := verify_unit(unit):
        complain(findings)
    say(str(unit))
    say(f"next: systemctl daemon-reload && systemctl enable --now {installation.unit}")
    say(f"its log: journalctl -u {installation.unit} -f")
