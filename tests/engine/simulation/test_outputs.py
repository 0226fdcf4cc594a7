"""The files that a simulation writes."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interlock.config.site import Site
from interlock.errors import ReportFailed
from interlock.simulation.outputs import check_report, check_writable, open_log
from interlock.simulation.results import Message, ServiceEnd
from support.journal_entries import START
from support.small_house import load_small_house

ROME = ZoneInfo("Europe/Rome")


def house(path: Path) -> Site:
    folder = path / "house"
    folder.mkdir(exist_ok=True)
    return load_small_house(folder).site


def test_a_file_that_can_be_written_is_left_alone(tmp_path: Path) -> None:
    old = tmp_path / "old.html"
    old.write_text("old")
    check_writable(old, house(tmp_path))
    check_writable(tmp_path / "new.html", house(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["house", "old.html"]
    assert old.read_text() == "old"


def test_what_cannot_be_written_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValueError) as error:
        check_writable(tmp_path, house(tmp_path))
    assert str(error.value) == f"{tmp_path} is a directory"
    with pytest.raises(ValueError) as error:
        check_writable(tmp_path / "none" / "a.html", house(tmp_path))
    path = tmp_path / "none"
    assert str(error.value) == f"{path / 'a.html'} cannot be written: there is no directory {path}"


@pytest.mark.parametrize("name", ["site.yaml", "secrets.yaml", "interlock.sqlite"])
def test_what_belongs_to_the_site_is_not_written_over(name: str, tmp_path: Path) -> None:
    site, path = house(tmp_path), tmp_path / "house" / ".." / "house" / name
    with pytest.raises(ValueError) as error:
        check_writable(path, site)
    assert str(error.value) == f"{path} belongs to the site, and is not written over"


@pytest.mark.parametrize("locked", ["directory", "file"])
def test_what_one_may_not_write_says_so(locked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.html"
    path.touch()
    forbidden = tmp_path if locked == "directory" else path
    monkeypatch.setattr("os.access", lambda asked, mode: Path(asked) != forbidden)
    with pytest.raises(ValueError) as error:
        check_writable(path, house(tmp_path))
    assert str(error.value) == f"{path} cannot be written: permission denied"


@pytest.mark.parametrize(
    ("name", "why"),
    [("x" * 300, "file name too long"), ("loop", "too many levels of symbolic links")],
)
def test_what_can_be_no_file_says_so(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ValueError) as error:
        check_writable(tmp_path / name, house(tmp_path))
    assert str(error.value) == f"{tmp_path / name} cannot be written: {why}"


def test_a_log_goes_into_a_device_and_a_report_does_not(tmp_path: Path) -> None:
    check_writable(Path("/dev/null"), house(tmp_path), is_replaced=False)
    with pytest.raises(ValueError) as error:
        check_writable(Path("/dev/null"), house(tmp_path))
    assert str(error.value) == "/dev/null cannot be written: what is there is not a file"


def test_a_log_needs_no_more_than_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "old.jsonl"
    old.touch()
    monkeypatch.setattr("os.access", lambda asked, mode: Path(asked) != tmp_path)
    check_writable(old, house(tmp_path), is_replaced=False)
    with pytest.raises(ValueError):
        check_writable(tmp_path / "new.jsonl", house(tmp_path), is_replaced=False)
    with pytest.raises(ValueError):
        check_writable(old, house(tmp_path))


def test_a_report_needs_what_draws_it(monkeypatch: pytest.MonkeyPatch) -> None:
    check_report()
    monkeypatch.setitem(__import__("sys").modules, "plotly.offline", None)
    with pytest.raises(ReportFailed):
        check_report()


def test_a_log_begins_anew_and_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("of yesterday\n")
    with open_log(path, ROME) as log:
        log.take(START, Message("mail", "", "è\n"))
        log.take(START, ServiceEnd())
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert len(lines) == 3
    assert lines[0].endswith('"kind": "message", "text": "è\\n", "title": "", "via": "mail"}')


def test_a_log_on_a_full_disk_is_told() -> None:
    with pytest.raises(ReportFailed) as error, open_log(Path("/dev/full"), ROME) as log:
        log.take(START, ServiceEnd())
    assert str(error.value) == "cannot write the log to /dev/full: No space left on device"


def test_a_disk_that_is_full_in_the_middle_is_the_logs_affair_and_not_the_engines() -> None:
    with pytest.raises(ReportFailed) as error, open_log(Path("/dev/full"), ROME) as log:
        for _ in range(1000):
            log.take(START, Message("mail", "", "more than one buffer holds"))
        with pytest.raises(OSError):
            log.check()
    assert str(error.value) == "cannot write the log to /dev/full: No space left on device"
