"""``interlock run`` as systemd runs it: with a socket on which it waits for word."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.flat import FlatServer, start_interlock

pytestmark = pytest.mark.slow


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """Return a socket on which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(30)
        yield listening


def hear(listening: socket.socket) -> str:
    return listening.recv(4096).decode()


def test_it_is_ready_when_rules_are_looked_at_and_says_that_it_ends(
    flat: FlatServer, listener: socket.socket
) -> None:
    with start_interlock("run", flat.site, NOTIFY_SOCKET=listener.getsockname()) as process:
        assert hear(listener) == "READY=1\nSTATUS=runs Flat in Milan"
        process.send_signal(signal.SIGTERM)
        assert hear(listener) == "STOPPING=1\nSTATUS=ending what is half done"
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_the_control_loop_gives_signs_of_life(flat: FlatServer, listener: socket.socket) -> None:
    known = {"NOTIFY_SOCKET": listener.getsockname(), "WATCHDOG_USEC": "600000"}
    with start_interlock("run", flat.site, **known) as process:
        told = [hear(listener) for _ in range(5)]
        process.kill()
    assert told.count("WATCHDOG=1") >= 3
