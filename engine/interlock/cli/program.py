"""The program ``interlock``: its commands and options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from interlock.cli import (
    call_point,
    check,
    claims,
    demo,
    discover,
    doctor,
    drivers,
    eval,
    explain,
    history,
    import_project,
    init,
    install_service,
    log,
    new_driver,
    notify,
    points,
    poll_plan,
    read,
    reload,
    replay,
    rules,
    run,
    schema,
    set_point,
    simulate,
    simulator,
    status,
    test,
    token,
    would_send,
)
from interlock.cli.exits import EPILOG

app = typer.Typer(
    name="interlock",
    help="Automation rules for buildings: YAML rules, driver plugins, and an answer to why.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

_COMMANDS: Mapping[str, Callable[..., None]] = {
    "init": init.init,
    "check": check.check,
    "test": test.test,
    "simulate": simulate.simulate,
    "replay": replay.replay,
    "run": run.run,
    "would-send": would_send.would_send,
    "status": status.status,
    "poll-plan": poll_plan.poll_plan,
    "reload": reload.reload,
    "log": log.log,
    "points": points.points,
    "read": read.read,
    "set": set_point.set_point,
    "call": call_point.call_point,
    "override": claims.override,
    "release": claims.release,
    "claims": claims.claims,
    "explain": explain.explain,
    "eval": eval.evaluate,
    "notify": notify.notify,
    "doctor": doctor.doctor,
    "install-service": install_service.install_service,
    "discover": discover.discover,
    "import": import_project.import_project,
    "schema": schema.schema,
    "drivers": drivers.drivers,
    "new-driver": new_driver.new_driver,
    "simulator": simulator.simulator,
    "demo": demo.demo,
}

for name, command in _COMMANDS.items():
    # A value such as -3.5 is no option.
    app.command(
        name, epilog=EPILOG, context_settings={"ignore_unknown_options": name in ("set", "override")}
    )(command)


app.add_typer(history.history, name="history")
app.add_typer(rules.rules, name="rules")
app.add_typer(token.token, name="token")


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
