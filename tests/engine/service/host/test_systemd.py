"""What systemd is told, over a real socket."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.service.host.systemd import ServiceManager


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """Return a socket on which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(listening: socket.socket) -> list[list[str]]:
    told = []
    while True:
        try:
            told.append(listening.recv(4096).decode().split("\n"))
        except BlockingIOError:
            return told


def manager(listening: socket.socket, **environ: str) -> ServiceManager:
    return ServiceManager({"NOTIFY_SOCKET": listening.getsockname(), **environ})


def test_it_is_told_how_the_service_is(listener: socket.socket) -> None:
    systemd = manager(listener)
    systemd.tell_ready("runs Flat")
    systemd.beat()
    systemd.tell_stopping()
    assert heard(listener) == [
        ["READY=1", "STATUS=runs Flat"],
        ["WATCHDOG=1"],
        ["STOPPING=1", "STATUS=ending what is half done"],
    ]


def test_a_socket_without_a_file_has_a_zero_byte_in_front() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0interlock-{os.getpid()}")
        listening.setblocking(False)
        ServiceManager({"NOTIFY_SOCKET": f"@interlock-{os.getpid()}"}).beat()
        assert heard(listening) == [["WATCHDOG=1"]]


def test_a_third_of_the_watchdogs_time_is_the_pace(listener: socket.socket) -> None:
    assert manager(listener, WATCHDOG_USEC="60000000").beat_every == timedelta(seconds=20)
    own = {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}
    assert manager(listener, **own).beat_every == timedelta(seconds=20)


@pytest.mark.parametrize(
    "environ",
    [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"}],
)
def test_without_a_watchdog_there_is_no_pace(listener: socket.socket, environ: dict[str, str]) -> None:
    assert manager(listener, **environ).beat_every is None


def test_without_systemd_nobody_is_told() -> None:
    systemd = ServiceManager({"WATCHDOG_USEC": "60000000"})
    assert systemd.beat_every is None
    systemd.tell_ready("runs Flat")


def test_a_deaf_systemd_is_complained_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    systemd = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    systemd.beat()
    systemd.beat()
    assert caplog.messages == ["systemd cannot be told anything: no such file or directory"]
