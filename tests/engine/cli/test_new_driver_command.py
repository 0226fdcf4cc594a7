"""``interlock new-driver``: a driver to start from."""

from pathlib import Path

import pytest

from support.command import Interlock


def test_its_files_are_named_and_what_to_do_next(
    interlock: Interlock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = interlock("new-driver", "kettle")
    files = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    *named, last = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert sorted(named) == sorted(files)
    assert {Path(name).parts[0] for name in named} == {"interlock-driver-kettle"}
    assert (
        last
        == "next: pip install --editable 'interlock-driver-kettle[dev]', and pytest interlock-driver-kettle"
    )


def test_the_directory_may_be_chosen(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("new-driver", "kettle", tmp_path / "deep" / "here")
    assert done.code == 0
    assert (tmp_path / "deep" / "here" / "pyproject.toml").exists()


def test_a_bad_name_is_said(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("new-driver", "Acme Heat", tmp_path / "here")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "error: 'Acme Heat' cannot name a driver: write lower-case words with hyphens, as in acme-heat; "
        "did you mean 'acme-heat'?\n"
    )


def test_a_bundled_drivers_name_is_taken(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("new-driver", "thinknx-local", tmp_path / "here")
    assert done.code == 1
    assert done.err.startswith("error: there is a driver 'thinknx-local' already: it comes with plugin ")


def test_an_existing_directory_is_said(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("new-driver", "kettle", tmp_path)
    assert (done.code, done.err) == (1, f"error: {tmp_path} exists already: nothing was written\n")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_is_said(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = interlock("new-driver", "kettle", tmp_path / "file" / "here")
    assert done.code == 1
    assert done.err == f"error: {tmp_path / 'file' / 'here'} cannot be written: not a directory\n"
