"""``interlock doctor``."""

from __future__ import annotations

import typer

from interlock.cli.arguments import JournalOption, JsonOption, SiteArgument, VerboseOption
from interlock.cli.awaiting import finish


def doctor(
    site: SiteArgument, journal: JournalOption = None, json: JsonOption = False, verbose: VerboseOption = 0
) -> None:
    """Look at the machine, the site, its journal and its equipment, and say what to do about what is wrong.

    Each connection is asked once for points that a service would read; nothing is commanded.

    \b
    Example:
      interlock doctor site.yaml
    """
    from interlock.cli.exits import ExitCode
    from interlock.cli.output import columns, print_json, say, start_logging
    from interlock.service.doctor import Health, examine_all
    from interlock.service.logs.lines import Detail

    start_logging(Detail.ERRORS, verbose)
    findings = finish(examine_all(site, journal))
    if json:
        rows = [
            {"area": each.area, "health": each.health.value, "text": each.text, "advice": each.advice}
            for each in findings
        ]
        print_json({"findings": rows})
    else:
        lines = columns([(each.health.value, each.area, each.text) for each in findings])
        for line, finding in zip(lines, findings, strict=True):
            say(line)
            if finding.advice:
                say(f"{'':6}-> {finding.advice}")
    is_bad = any(each.health is Health.BAD for each in findings)
    raise typer.Exit(ExitCode.FINDINGS if is_bad else ExitCode.FINE)
