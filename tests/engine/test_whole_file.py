"""Files that are there as a whole or not at all."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
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


KILLED = """
import os, signal, sys
from pathlib import Path
from interlock.whole_file import replaced

with replaced(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_removed_by_whoever_writes_the_file_next(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    for _ in range(2):
        assert subprocess.run([sys.executable, "-c", KILLED, path], check=False).returncode == -signal.SIGKILL
        assert len(list(tmp_path.iterdir())) == 2
    assert path.read_bytes() == b"before"
    with replaced(path) as file:
        file.write(b"after")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"after", [path])


def test_what_somebody_else_is_writing_is_left_to_them(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with replaced(path) as first:
        first.write(b"first")
        with replaced(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"first", [path])


def test_what_is_taken_for_left_before_it_is_locked_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flock, taken = tmp_path / "file", fcntl.flock, list[Path]()

    def take_first(descriptor: int, how: int) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", take_first)
    with replaced(path) as file:
        file.write(b"after")
    assert (path.read_bytes(), list(tmp_path.iterdir()), len(taken)) == (b"after", [path], 1)


@pytest.mark.parametrize(
    "name",
    [
        ".file.original",
        ".file.swp",
        ".file.txt.abcdefgh.begun",
        ".files.abcdefgh.begun",
        "file.abcdefgh.begun",
        "a.file.abcdefgh.begun",
    ],
)
def test_what_has_another_name_stays(tmp_path: Path, name: str) -> None:
    path, other = tmp_path / "file", tmp_path / name
    other.write_bytes(b"another's")
    with replaced(path):
        pass
    assert other.read_bytes() == b"another's"


def test_what_is_no_file_stays(tmp_path: Path) -> None:
    path, pipe, link = tmp_path / "file", tmp_path / ".file.abcdefgh.begun", tmp_path / ".file.ijklmnop.begun"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "nowhere")
    with replaced(path):
        pass
    assert sorted(tmp_path.iterdir()) == sorted([path, pipe, link])


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
