"""A week that was recorded once for all tests that replay it."""

from pathlib import Path

import pytest

from support.past_week import record_week


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site and its journal, which no test changes."""
    folder = tmp_path_factory.mktemp("week")
    record_week(folder)
    return folder
