"""``interlock init``: a site to start from."""

from pathlib import Path

from support.command import Interlock


def test_the_starting_site_has_no_findings(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("init", tmp_path / "house")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"next: interlock check {tmp_path / 'house'}"
    checked = interlock("check", tmp_path / "house")
    assert checked.out.endswith("site.yaml: 1 connection, 2 devices, 2 rules: no findings\n")


def test_its_files_are_named(interlock: Interlock, tmp_path: Path) -> None:
    done = interlock("init", tmp_path)
    names = [".gitignore", "rules/cooling.yaml", "secrets.yaml", "site.yaml"]
    assert done.out.splitlines()[:-1] == [str(tmp_path / name) for name in names]


def test_secrets_are_the_owners_alone_and_not_for_git(interlock: Interlock, tmp_path: Path) -> None:
    interlock("init", tmp_path)
    assert (tmp_path / "secrets.yaml").stat().st_mode & 0o777 == 0o600
    assert "secrets.yaml" in (tmp_path / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_nothing_is_overwritten_and_nothing_is_half_written(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("mine", encoding="utf-8")
    done = interlock("init", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: {tmp_path / 'site.yaml'} exists already: nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["site.yaml"]
    assert (tmp_path / "site.yaml").read_text(encoding="utf-8") == "mine"


def test_a_directory_that_cannot_be_is_said(interlock: Interlock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = interlock("init", tmp_path / "file" / "house")
    assert done.code == 1
    assert done.err == f"error: {tmp_path / 'file' / 'house'} cannot be written: not a directory\n"
