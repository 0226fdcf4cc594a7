"""The scenarios of a site: loaded with it, chosen and played one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from interlock.clock import WallClock
from interlock.errors import Diagnostic
from interlock.service.loading import Examined, Loaded, examine
from interlock.simulation.scenarios.grammar import load_scenarios
from interlock.simulation.scenarios.playing import Result, play
from interlock.simulation.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Suite:
    """A site and its scenarios, without errors."""

    loaded: Loaded
    """Its warnings are those of the scenarios too."""
    scenarios: tuple[Scenario, ...]

    def chosen(self, words: str) -> tuple[Scenario, ...]:
        """Return the scenarios whose name or file's name has all of these words in it, in any case."""
        wanted = words.lower().split()
        return tuple(each for each in self.scenarios if all(word in _said(each) for word in wanted))


@dataclass(frozen=True, slots=True)
class Timed:
    """What came of a scenario, and how long that took."""

    result: Result
    took: timedelta
    """By the wall clock."""


def play_all(
    scenarios: Iterable[Scenario], loaded: Loaded, notice: Callable[[Timed], None], *, stops: bool = False
) -> Sequence[Timed]:
    """Play scenarios one after the other, and return what came of each.

    Args:
        scenarios: Of the site.
        loaded: The site.
        notice: Is told of each as soon as it has been played.
        stops: Whether the first that fails is the last.
    """
    clock = WallClock()
    found: list[Timed] = []
    for scenario in scenarios:
        begun = clock.monotonic()
        result = play(scenario, loaded)
        found.append(Timed(result, clock.monotonic() - begun))
        notice(found[-1])
        if stops and not result.has_passed:
            break
    return found


def load_suite(path: Path, environ: Mapping[str, str] | None = None) -> Suite:
    """Load a site with its rules and scenarios.

    Args:
        path: The site file, or a directory that holds ``site.yaml``.
        environ: What ``!env`` reads; None is the process's environment.

    Raises:
        ConfigurationError: there are errors, in whichever of them.
    """
    examined = examine(path, environ=environ)
    scenarios, findings = _scenarios(examined)
    return Suite(_with(examined, findings).loaded, scenarios)


def with_scenarios(examined: Examined) -> Examined:
    """Return what was found in a site's files, with what is wrong in its scenarios."""
    return _with(examined, _scenarios(examined)[1])


def _scenarios(examined: Examined) -> tuple[tuple[Scenario, ...], Sequence[Diagnostic]]:
    return load_scenarios(examined.site, examined.rules) if examined.site else ((), ())


def _with(examined: Examined, findings: Sequence[Diagnostic]) -> Examined:
    return replace(examined, findings=tuple(sorted([*examined.findings, *findings])))


def _said(scenario: Scenario) -> str:
    return f"{scenario.name} {Path(scenario.mark.source.name).name}".lower()
