"""``interlock notify``: one message, to see whether it arrives."""

from pathlib import Path

import pytest

from interlock.errors import RejectedValue, Unreachable
from support.command import Interlock
from support.fake_notifier import Belfry, bell_in, registry_with_notifiers


@pytest.fixture
def belfry(monkeypatch: pytest.MonkeyPatch) -> Belfry:
    belfry = Belfry()
    registry = registry_with_notifiers(bell_in(belfry))
    monkeypatch.setattr("interlock.service.loading.load_plugins", lambda **_: registry)
    return belfry


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(
        "site: {name: Office, timezone: Europe/Rome}\nnotifiers: {tower: {via: bell, host: x}}\n",
        encoding="utf-8",
    )
    return path


def test_a_message_is_sent_and_said_so(interlock: Interlock, site: Path, belfry: Belfry) -> None:
    done = interlock("notify", site, "tower", "hello", "--title", "T")
    assert (done.code, done.out, done.err) == (0, "sent\n", "")
    assert belfry.sent == [("hello", "T")]


@pytest.mark.parametrize(
    ("fault", "code"), [(Unreachable("connection refused"), 3), (RejectedValue("nobody there"), 1)]
)
def test_a_message_that_is_not_sent_says_why_and_is_not_tried_again(
    interlock: Interlock, site: Path, belfry: Belfry, fault: Exception, code: int
) -> None:
    belfry.faults = [fault]
    done = interlock("notify", site, "tower", "hello")
    assert (done.code, done.out, done.err) == (code, "", f"error: {fault}\n")
    assert len(belfry.attempts) == 1


def test_another_name_is_wrong_usage(interlock: Interlock, site: Path, belfry: Belfry) -> None:
    done = interlock("notify", site, "towr", "hello")
    assert done.code == 2
    assert "there is no notifier 'towr': the site has tower" in done.err
