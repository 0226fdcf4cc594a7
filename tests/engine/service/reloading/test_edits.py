"""Which files belong to a site, and when what is in them is other than it was."""

import os
from pathlib import Path

import pytest

from interlock.service.reloading.edits import SourceFiles
from support.site_files import HEADER, SiteFolder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteFolder:
    monkeypatch.chdir(tmp_path)
    return SiteFolder()


def followed(folder: SiteFolder) -> SourceFiles:
    folder.write("rules/a.yaml", "rules: []\n")
    files = SourceFiles(Path("site.yaml"))
    files.follow(folder.load(HEADER + "include: [rules/*.yaml]\n")[0])
    assert files.take()
    return files


def test_what_was_not_edited_is_no_edit(folder: SiteFolder) -> None:
    assert not followed(folder).take()


def test_what_was_only_touched_is_no_edit(folder: SiteFolder) -> None:
    files = followed(folder)
    os.utime("rules/a.yaml", (1, 1))
    assert not files.take()


@pytest.mark.parametrize("name", ["site.yaml", "rules/a.yaml", "rules/b.yaml", "secrets.yaml"])
def test_each_file_of_the_site_counts_and_one_that_is_new(folder: SiteFolder, name: str) -> None:
    files = followed(folder)
    folder.write(name, "# edited\n")
    assert files.take()
    assert not files.take()


def test_other_files_do_not_count(folder: SiteFolder) -> None:
    files = followed(folder)
    folder.write("notes.yaml", "x")
    assert not files.take()


def test_a_file_that_is_removed_counts(folder: SiteFolder) -> None:
    files = followed(folder)
    Path("rules/a.yaml").unlink()
    assert files.take()


def test_folders_are_watched_also_behind_links(folder: SiteFolder, tmp_path: Path) -> None:
    folder.write("elsewhere/b.yaml", "rules: []\n")
    Path("rules").mkdir()
    Path("rules/b.yaml").symlink_to(tmp_path / "elsewhere" / "b.yaml")
    files = followed(folder)
    assert {Path(), Path("rules"), tmp_path / "elsewhere"} <= files.folders
