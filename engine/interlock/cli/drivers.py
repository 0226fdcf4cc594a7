"""``interlock drivers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from interlock.cli.arguments import JsonOption
from interlock.cli.exits import ExitCode

if TYPE_CHECKING:
    from interlock.capabilities import Capability
    from interlock.history.values import Json
    from interlock.plugins import LoadedDriver, PluginProblem


def drivers(json: JsonOption = False) -> None:
    """List the installed drivers. With their device types and controllers, and what is wrong with plugins.

    \b
    Example:
      interlock drivers --json
    """
    from interlock.cli.output import complain, print_json
    from interlock.plugins import load_plugins

    registry = load_plugins()
    if json:
        loaded = [_document(driver) for driver in registry.drivers.values()]
        print_json({"drivers": loaded, "problems": [_problem(each) for each in registry.problems]})
    else:
        for driver in registry.drivers.values():
            _print(driver)
        for problem in registry.problems:
            complain(str(problem))
    raise typer.Exit(ExitCode.FINDINGS if registry.problems else ExitCode.FINE)


def _print(loaded: LoadedDriver) -> None:
    from rich.text import Text

    from interlock.cli.output import columns, say

    source, driver = loaded.source, loaded.driver
    title = Text(driver.name, "bold").append(f" {source.version} ({source.distribution})", "not bold")
    say(title.append(f": {driver.description}", "not bold"))
    rows = [("", each.name, ", ".join(map(_mark, each.controllers))) for each in driver.device_types]
    for line in columns(rows):
        say(line)


def _mark(capability: Capability) -> str:
    """Return a controller's name, with what it does not do."""
    if not capability.readable:
        return f"{capability.controller} (commands only)"
    return capability.controller if capability.writable else f"{capability.controller} (read only)"


def _document(loaded: LoadedDriver) -> Json:
    return {
        "name": loaded.driver.name,
        "description": loaded.driver.description,
        "version": loaded.source.version,
        "distribution": loaded.source.distribution,
        "plugin": loaded.source.plugin,
        "device_types": [
            {
                "name": device_type.name,
                "description": device_type.description,
                "controllers": [_controller(capability) for capability in device_type.controllers],
            }
            for device_type in loaded.driver.device_types
        ],
    }


def _controller(capability: Capability) -> Json:
    return {
        "name": capability.controller,
        "type": capability.type.value,
        "description": capability.description,
        "readable": capability.readable,
        "writable": capability.writable,
        "takes": capability.allowed if capability.writable else None,
        "unit": capability.unit,
    }


def _problem(problem: PluginProblem) -> Json:
    source = problem.source
    return {
        "plugin": source.plugin,
        "distribution": source.distribution,
        "version": source.version,
        "missing": problem.name,
        "reason": problem.reason,
    }
