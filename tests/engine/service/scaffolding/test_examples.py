"""The examples that come with the program."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from interlock.service.loading import load
from interlock.service.scaffolding import examples
from interlock.service.scaffolding.examples import TargetExists, flat, write_starting_site
from support.flat import FLAT


def test_in_the_source_tree_the_flat_is_the_one_among_the_rules() -> None:
    assert flat() == FLAT


def test_the_flat_has_no_findings_in_a_fresh_clone(tmp_path: Path) -> None:
    shutil.copytree(FLAT, tmp_path / "flat", copy_function=shutil.copyfile)
    assert load(tmp_path / "flat").warnings == ()


def test_an_installed_flat_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.yaml").touch()
    monkeypatch.setattr(examples, "_FLATS", (tmp_path, FLAT))
    assert flat() == tmp_path


def test_only_the_owner_may_read_secrets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in write_starting_site(tmp_path)}
    finally:
        os.umask(before)
    assert modes == {".gitignore": 0o644, "cooling.yaml": 0o644, "secrets.yaml": 0o600, "site.yaml": 0o644}


def test_all_files_in_the_way_are_named(tmp_path: Path) -> None:
    write_starting_site(tmp_path)
    with pytest.raises(TargetExists, match=r"ignore, .*cooling\.yaml, .*secrets\.yaml, .*site\.yaml exist"):
        write_starting_site(tmp_path)
