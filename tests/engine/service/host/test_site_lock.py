"""One service to a site, whichever way leads to it."""

import errno
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.service.host.site_lock import SiteInUse, locked_site
from interlock.whole_file import replaced


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "flat"
    folder.mkdir()
    (folder / "site.yaml").write_text("site: {}\n")
    return folder / "site.yaml"


def refused(path: Path) -> bool:
    try:
        with locked_site(path):
            return False
    except SiteInUse:
        return True


def test_a_second_service_is_refused_in_one_sentence(site: Path) -> None:
    with locked_site(site), pytest.raises(SiteInUse) as caught, locked_site(site):
        pass
    assert str(caught.value) == (
        f"another service runs the site in {site.parent} already: interlock status asks it; "
        "a dry run may go on beside it, with a journal of its own"
    )


def test_the_next_one_may_run_it(site: Path) -> None:
    for _ in range(3):
        with locked_site(site):
            pass
    assert not refused(site)


def test_a_refused_service_leaves_the_site_locked(site: Path) -> None:
    with locked_site(site):
        assert [refused(site), refused(site)] == [True, True]


def test_links_to_the_folder_and_to_the_file_lead_to_one_site(site: Path, tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(site.parent)
    (tmp_path / "site.yaml").symlink_to(site)
    with locked_site(site):
        assert refused(tmp_path / "other" / "site.yaml")
        assert refused(tmp_path / "site.yaml")
        assert refused(site.parent / ".." / "flat" / "site.yaml")


def test_an_edit_that_puts_another_file_in_its_place_unlocks_nothing(site: Path) -> None:
    with locked_site(site):
        with replaced(site) as file:
            file.write(b"site: {name: other}\n")
        assert refused(site)


def test_another_site_may_run(site: Path, tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    with locked_site(site):
        assert not refused(tmp_path / "house" / "site.yaml")


def test_nothing_is_written_beside_the_site(site: Path) -> None:
    with locked_site(site):
        assert [each.name for each in site.parent.iterdir()] == ["site.yaml"]


HOLD = """
import signal, sys
from pathlib import Path
from interlock.service.host.site_lock import locked_site
with locked_site(Path(sys.argv[1])):
    print("held", flush=True)
    signal.pause()
"""


def test_a_service_that_was_killed_leaves_nothing_locked(site: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, site], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        assert refused(site)
        process.kill()
    assert not refused(site)


def test_where_folders_cannot_be_locked_that_is_said_and_it_runs(
    site: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked_site(site):
        pass
    [record] = caplog.records
    assert record.getMessage() == (
        f"whether another service runs the site in {site.parent} cannot be told: bad file descriptor"
    )
