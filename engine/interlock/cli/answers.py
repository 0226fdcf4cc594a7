"""Printing what points answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from interlock.cli.exits import ExitCode, exit_code_of_errors
from interlock.cli.output import columns, complain, print_json, say, with_unit
from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import DriverError
from interlock.history.values import Json, as_json
from interlock.model import Point, Value

Answers = Mapping[Point, Value | DriverError]


def print_answers(site: Site, points: Iterable[Point], answers: Answers, *, is_json: bool) -> ExitCode:
    """Print points with their values, and what went wrong to standard error; return the exit code.

    Args:
        site: Has the points.
        points: Which to print, and in which order; those without an answer take commands only.
        answers: A value or an error for each that was read.
        is_json: Whether to print JSON, with the errors in it.
    """
    targets = [site.targets[point] for point in points]
    if is_json:
        print_json([_document(target, answers.get(target.point)) for target in targets])
    else:
        _print_lines(targets, answers)
    return exit_code_of_errors(answer for answer in answers.values() if isinstance(answer, DriverError))


def _print_lines(targets: Iterable[Target], answers: Answers) -> None:
    rows = [(target.point, _text(target, answers.get(target.point))) for target in targets]
    for line in columns(rows):
        say(line)
    problems: dict[str, list[str]] = {}
    for point, answer in answers.items():
        if isinstance(answer, DriverError):
            problems.setdefault(answer.message, []).append(point)
    for message, names in problems.items():
        complain(message if len(names) > 1 else f"{names[0]}: {message}")


def _text(target: Target, answer: Value | DriverError | None) -> str:
    if isinstance(answer, DriverError):
        return "unknown"
    return note_for(target) if answer is None else with_unit(answer, target.capability.unit)


def note_for(target: Target) -> str:
    """Return what stands for the value of a point that was not read."""
    capability = target.capability
    return "" if capability.readable else f"takes commands only: {capability.allowed}"


def _document(target: Target, answer: Value | DriverError | None) -> Json:
    error, value = (answer.message, None) if isinstance(answer, DriverError) else (None, answer)
    return {
        "point": target.point,
        "value": as_json(value),
        "unit": target.capability.unit,
        "readable": target.capability.readable,
        "writable": target.capability.writable,
        "error": error,
    }
