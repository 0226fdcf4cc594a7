"""The folder that site files of these tests stand in, and the secrets that they give away."""

from pathlib import Path

import pytest

from interlock.redaction import Redactor
from support.site_files import SiteFolder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteFolder:
    """An empty folder, which is the present directory."""
    monkeypatch.chdir(tmp_path)
    return SiteFolder()


@pytest.fixture(autouse=True)
def redactor(monkeypatch: pytest.MonkeyPatch) -> Redactor:
    """The process's redactor while a test runs: what it hides concerns no other test."""
    redactor = Redactor()
    monkeypatch.setattr("interlock.config.credentials.redactor", redactor)
    return redactor
