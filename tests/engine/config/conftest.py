"""The folder that site files of these tests stand in."""

from pathlib import Path

import pytest

from support.site_files import SiteFolder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteFolder:
    """An empty folder, which is the present directory."""
    monkeypatch.chdir(tmp_path)
    return SiteFolder()
