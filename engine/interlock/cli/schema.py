"""``interlock schema``."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, cast

import typer

from interlock.cli.arguments import SiteArgument

if TYPE_CHECKING:
    from interlock.history.values import Json


class Kind(Enum):
    """Which files a schema is for."""

    SITE = "site"
    RULES = "rules"


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise typer.BadParameter(f"there is no schema for '{text}': write site or rules") from None


def schema(
    site: SiteArgument,
    for_: Annotated[
        Kind,
        typer.Option("--for", parser=_kind, metavar="FILE", help="For site files, or for files of rules."),
    ] = Kind.SITE,
) -> None:
    """Print a JSON Schema with the site's own names, by which editors complete and check its files.

    \b
    Example:
      interlock schema site.yaml --for rules
    """
    from interlock.cli.output import print_json
    from interlock.plugins import load_plugins
    from interlock.schema import rules_schema, site_schema
    from interlock.service.loading import load_devices

    registry = load_plugins()
    loaded = load_devices(site, registry)
    made = site_schema(loaded, registry) if for_ is Kind.SITE else rules_schema(loaded)
    print_json(cast("Json", made))
