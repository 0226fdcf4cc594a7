"""From a path to a text: every way in which a file can be none."""

import os
from pathlib import Path

import pytest

from interlock.config.files import UnreadableFile, place_at, read_source
from interlock.config.nodes import SourceFile
from support.site_files import told


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_source(path, "f.yaml")
    assert str(caught.value) == caught.value.diagnostic.message
    return told(caught.value.diagnostic)


def test_a_text_is_read_with_the_name_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes("name: Küche\r\n".encode())
    assert read_source(path, "f.yaml") == SourceFile("f.yaml", "name: Küche\r\n")
    assert read_source(path, "f.yaml", is_secret=True).is_secret


def test_a_byte_order_mark_in_front_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_source(path, "f.yaml").text == "a: 1"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    reason = "f.yaml:1:1+1: error: the file cannot be read: there is no such file"
    assert refusal(tmp_path / "x") == reason
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "x") == reason


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "f.yaml:1:1+1: error: the file cannot be read: it is a directory"


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reason = "f.yaml:1:1+1: error: the file cannot be read: it is no regular file"
    assert refusal(tmp_path / "pipe") == reason


def test_a_file_that_this_user_may_not_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "x").touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    reason = "f.yaml:1:1+1: error: the file cannot be read: this user may not read it"
    assert refusal(tmp_path / "x") == reason


def test_what_the_system_says_is_passed_on(tmp_path: Path) -> None:
    reason = "f.yaml:1:1+1: error: the file cannot be read: file name too long"
    assert refusal(tmp_path / ("x" * 300)) == reason


def test_a_name_that_no_path_can_have_is_refused(tmp_path: Path) -> None:
    reason = "f.yaml:1:1+1: error: the file cannot be read: its name cannot be a path"
    assert refusal(tmp_path / "a\0b") == reason


def test_an_endless_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(16 * 2**20 + 1)
    reason = "f.yaml:1:1+1: error: the file cannot be read: it is larger than 16 MB"
    assert refusal(tmp_path / "x") == reason
    (tmp_path / "x").write_bytes(b"#" * 16 * 2**20)
    assert len(read_source(tmp_path / "x", "f.yaml").text) == 16 * 2**20


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff\xfea\0", "1:1"),
        (b"a: 1\nb: K\xfcche\n", "2:5"),
        ("ä: ".encode() + b"\xe4", "1:4"),
        (b"\xef\xbb\xbfa: \xe4", "1:4"),
    ],
)
def test_bad_utf_8_is_refused_at_its_place(tmp_path: Path, content: bytes, place: str) -> None:
    (tmp_path / "x").write_bytes(content)
    reason = "error: the file is not UTF-8 text from here on | save it as UTF-8"
    assert refusal(tmp_path / "x") == f"f.yaml:{place}+1: {reason}"


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("a\0b", "1:2", "U+0000"),
        ("a: 1\r\nb: \x1b[31m", "2:4", "U+001B"),
        ("a\x7f", "1:2", "U+007F"),
        ("a\x84", "1:2", "U+0084"),
        ("\ufeff\ufeffa", "1:1", "U+FEFF"),
        ("a\u2028\uffff", "2:1", "U+FFFF"),
    ],
)
def test_an_unprintable_character_is_refused_at_its_place(
    tmp_path: Path, text: str, place: str, code: str
) -> None:
    (tmp_path / "x").write_text(text, encoding="utf-8", newline="")
    reason = f"error: the file holds the unprintable character {code}"
    assert refusal(tmp_path / "x") == f"f.yaml:{place}+1: {reason}"


def test_a_refused_secret_file_shows_no_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"password: hunter2\xff")
    with pytest.raises(UnreadableFile) as caught:
        read_source(tmp_path / "x", "f.yaml", is_secret=True)
    assert caught.value.diagnostic.excerpt == ""


def test_a_place_is_counted_in_characters_from_one() -> None:
    source = SourceFile("f.yaml", "ab\r\ncd\u2028e")
    places = [(mark.line, mark.column) for mark in (place_at(source, index) for index in (0, 1, 4, 7))]
    assert places == [(1, 1), (1, 2), (2, 1), (3, 1)]
