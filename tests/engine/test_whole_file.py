"""Files that are there as a whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from interlock.errors import ReportFailed
from interlock.whole_file import replaced


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_it_may_be_used_as_is_said_once_it_is_whole(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with replaced(path, mode=mode) as file:
        file.write(b"after")
        [begun] = set(tmp_path.iterdir()) - {path}
        assert (mode_of(begun), path.read_bytes()) == (0o600, b"before")
    assert (mode_of(path), path.read_bytes(), list(tmp_path.iterdir())) == (mode, b"after", [path])


def test_what_fails_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with (
        pytest.raises(ReportFailed, match=r"file cannot be written: the disk is full$"),
        replaced(path) as file,
    ):
        file.write(b"aft")
        raise OSError("the disk is full")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"before", [path])


def test_what_a_killed_process_left_under_the_name_of_who_holds_the_lock_is_removed(tmp_path: Path) -> None:
    path, beside = tmp_path / "file", tmp_path / ".file.new"
    beside.write_bytes(b"left")
    with replaced(path, beside=beside) as file:
        file.write(b"after")
        assert mode_of(beside) == 0o600
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"after", [path])


@pytest.mark.parametrize("is_durable", [False, True])
def test_what_a_power_cut_must_not_take_back_is_on_the_disk_before_it_takes_the_place(
    tmp_path: Path, is_durable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "file", list[tuple[int, bool]]()
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append((os.fstat(fd).st_size, path.exists())))
    with replaced(path, is_durable=is_durable) as file:
        file.write(b"after")
    assert synced == ([(5, False)] if is_durable else [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_it_belongs_to_whom_is_said(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with replaced(path, owner=(1234, 4321)):
        pass
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)
