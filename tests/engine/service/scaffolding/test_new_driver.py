"""What names a new driver can have, and what is written for it."""

from pathlib import Path

import pytest

from interlock.service.scaffolding.new_driver import CannotMakeDriver, write_driver_project
from support.plugins import registry_of


def written(name: str, folder: Path) -> set[str]:
    paths = write_driver_project(name, folder / "made", registry_of())
    return {str(path.relative_to(folder / "made")) for path in paths}


def complaint(name: str, directory: Path) -> str:
    with pytest.raises(CannotMakeDriver) as refused:
        write_driver_project(name, directory, registry_of())
    return str(refused.value)


def test_a_project_is_written_whole(tmp_path: Path) -> None:
    assert written("acme-heat", tmp_path) == {
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "example/secrets.yaml",
        "example/site.yaml",
        "interlock_driver_acme_heat/__init__.py",
        "interlock_driver_acme_heat/controllers.py",
        "interlock_driver_acme_heat/driver.py",
        "interlock_driver_acme_heat/py.typed",
        "interlock_driver_acme_heat/settings.py",
        "interlock_driver_acme_heat/simulator.py",
        "interlock_driver_acme_heat/wire.py",
        "tests/test_contract.py",
        "tests/test_wire.py",
    }


def test_the_name_stands_everywhere_in_its_three_spellings(tmp_path: Path) -> None:
    written("acme-heat", tmp_path)
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for path in (tmp_path / "made").rglob("*")
        if path.is_file()
    }
    assert [name for name, text in texts.items() if "newcomer" in text.lower()] == []
    assert 'acme-heat = "interlock_driver_acme_heat"' in texts["pyproject.toml"]
    assert 'MANUAL = "Acme Heat HTTP interface 1.0"' in texts["controllers.py"]


def test_secrets_are_the_owners_alone_and_not_for_git(tmp_path: Path) -> None:
    written("kettle", tmp_path)
    assert (tmp_path / "made" / "example" / "secrets.yaml").stat().st_mode & 0o777 == 0o600
    ignored = (tmp_path / "made" / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "example/secrets.yaml" in ignored


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Acme Heat", "; did you mean 'acme-heat'?"),
        ("acme_heat", "; did you mean 'acme-heat'?"),
        ("4heat", "; did you mean 'heat'?"),
        ("-heat", "; did you mean 'heat'?"),
        ("heat-", "; did you mean 'heat'?"),
        ("hea--t", "; did you mean 'hea-t'?"),
        ("../heat", "; did you mean 'heat'?"),
        ("", ""),
        ("42", ""),
    ],
)
def test_a_name_that_is_none_is_refused_with_the_nearest_one(name: str, meant: str, tmp_path: Path) -> None:
    expected = f"'{name}' cannot name a driver: write lower-case words with hyphens, as in acme-heat{meant}"
    assert complaint(name, tmp_path / "made") == expected
    assert list(tmp_path.iterdir()) == []


def test_thirty_characters_are_the_most(tmp_path: Path) -> None:
    assert written("a" * 30, tmp_path)
    too_long = "a" * 31
    expected = f"'{too_long}' is too long to name a driver: 30 characters are the most"
    assert complaint(too_long, tmp_path / "other") == expected


def test_a_word_of_python_is_refused(tmp_path: Path) -> None:
    assert complaint("lambda", tmp_path / "made") == "'lambda' cannot name a driver: it is a word of Python"


def test_a_driver_that_is_installed_is_refused(tmp_path: Path) -> None:
    expected = "there is a driver 'fake' already: it comes with plugin 'fake' of fakes 1.0"
    assert complaint("fake", tmp_path / "made") == expected


def test_a_directory_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    assert (
        complaint("kettle", tmp_path / "made") == f"{tmp_path / 'made'} exists already: nothing was written"
    )
    assert list((tmp_path / "made").iterdir()) == []


def test_a_link_to_nowhere_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "made").symlink_to(tmp_path / "nowhere")
    assert complaint("kettle", tmp_path / "made").endswith(" exists already: nothing was written")
    assert not (tmp_path / "nowhere").exists()
