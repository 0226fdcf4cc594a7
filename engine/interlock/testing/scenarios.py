"""Scenarios of sites as tests of pytest: ``pytest_plugins = ["interlock.testing.scenarios"]``.

Every ``site.yaml`` that pytest comes by is collected, and each scenario of it is a test, with its file, its
line and the text that ``interlock test`` shows. It is no plugin that pytest finds by itself: a
``conftest.py`` names it, or ``-p`` on the command line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.config.report import render
from interlock.errors import ConfigurationError

if TYPE_CHECKING:
    from interlock.service.loading import Loaded
    from interlock.simulation.scenarios.scenario import Scenario

SITE_FILE = "site.yaml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a site file."""
    return SiteFile.from_parent(parent, path=file_path) if file_path.name == SITE_FILE else None


class SiteFile(pytest.File):
    """A site, whose scenarios are tests."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield the scenarios of the site."""
        from interlock.simulation.scenarios.suite import load_suite

        try:
            suite = load_suite(self.path)
        except ConfigurationError as error:
            raise self.CollectError(render(error.diagnostics)) from None
        for scenario in suite.scenarios:
            yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario, loaded=suite.loaded)


class ScenarioFailed(Exception):
    """A scenario came to something else than it expects; its text says to what."""


class ScenarioItem(pytest.Item):
    """A scenario as a test."""

    def __init__(self, *, scenario: Scenario, loaded: Loaded, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # pytest hands its own arguments through
        self._scenario = scenario
        self._loaded = loaded

    def runtest(self) -> None:
        """Play the scenario.

        Raises:
            ScenarioFailed: it did not come to what it expects.
        """
        from interlock.simulation.scenarios.playing import play
        from interlock.simulation.scenarios.telling import teller_of

        result = play(self._scenario, self._loaded)
        if not result.has_passed:
            raise ScenarioFailed(teller_of(result).failure())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object) -> str:
        """Return what differs, as ``interlock test`` shows it; a traceback of anything else."""
        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int, str]:
        """Return where the scenario stands."""
        mark = self._scenario.mark
        return Path(mark.source.name), mark.line - 1, self.name
