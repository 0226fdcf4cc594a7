"""Threads whose end nobody waits for."""

import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from interlock.history.threads import DaemonThreads

HANGS = """
import threading
from interlock.history.threads import DaemonThreads

begun = threading.Event()

def hang():
    begun.set()
    threading.Event().wait()

DaemonThreads(1, "work").submit(hang)
begun.wait()
"""


def test_work_comes_to_what_it_returns_or_raises() -> None:
    threads = DaemonThreads(2, "work")
    assert threads.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 7, 0).result()
    threads.shutdown()


def test_there_are_no_more_threads_than_are_needed_nor_than_may_be() -> None:
    threads, go_on, names = DaemonThreads(2, "work"), threading.Event(), set[str]()

    def work() -> None:
        names.add(threading.current_thread().name)
        go_on.wait()

    waiting = [threads.submit(work) for _ in range(5)]
    go_on.set()
    for each in waiting:
        each.result()
    assert names == {"work_1", "work_2"}
    threads.shutdown()


def test_what_has_not_begun_can_be_withdrawn() -> None:
    threads, go_on = DaemonThreads(1, "work"), threading.Event()
    under_way, next_one = threads.submit(go_on.wait), threads.submit(go_on.wait)
    assert next_one.cancel()
    go_on.set()
    assert under_way.result()
    with pytest.raises(CancelledError):
        next_one.result()
    threads.shutdown()


def test_what_was_asked_for_before_the_end_is_done_and_its_threads_end() -> None:
    threads, found = DaemonThreads(3, "work"), list[threading.Thread]()
    waiting = [threads.submit(lambda: found.append(threading.current_thread())) for _ in range(9)]
    threads.shutdown()
    for each in waiting:
        each.result()
    for thread in found:
        thread.join(timeout=30)
    assert [thread.is_alive() for thread in found] == [False] * 9


@pytest.mark.slow
def test_the_interpreter_ends_while_a_thread_hangs() -> None:
    assert subprocess.run([sys.executable, "-c", HANGS], timeout=60, check=False).returncode == 0
