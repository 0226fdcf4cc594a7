"""Calls of clocks are found under whatever name they are imported, and along a driver's own imports."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from interlock.testing.clockwork import clock_calls

DRIVER = """
from support.fake_driver import FakeDriver
{imports}

class Ticking(FakeDriver):
    async def open(self):
        {call}

    def simulator(self):
        from ticking.simulator import serve
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that can be imported for this test."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ticking").mkdir()
    (tmp_path / "ticking" / "__init__.py").touch()
    yield tmp_path / "ticking"
    for name in [name for name in sys.modules if name.partition(".")[0] == "ticking"]:
        del sys.modules[name]


def found(package: Path, *, imports: str = "", call: str = "pass") -> list[str]:
    (package / "driver.py").write_text(DRIVER.format(imports=imports, call=call), encoding="utf-8")
    return [str(each) for each in clock_calls(importlib.import_module("ticking.driver").Ticking)]


@pytest.mark.parametrize(
    ("imports", "call", "name"),
    [
        ("import asyncio", "await asyncio.sleep(1)", "asyncio.sleep"),
        ("from asyncio import sleep as nap", "await nap(1)", "asyncio.sleep"),
        ("import time", "time.sleep(1)", "time.sleep"),
        ("import time as t", "t.monotonic()", "time.monotonic"),
        ("from datetime import datetime", "datetime.now()", "datetime.datetime.now"),
        ("import datetime as dt", "dt.datetime.now(dt.UTC)", "datetime.datetime.now"),
        ("import asyncio", "asyncio.get_running_loop().time()", "asyncio.get_running_loop().time"),
        ("from asyncio import get_event_loop as l", "l().time()", "asyncio.get_event_loop().time"),
        ("from datetime import date", "date.today()", "datetime.date.today"),
    ],
)
def test_a_call_is_found_under_any_name(package: Path, imports: str, call: str, name: str) -> None:
    assert found(package, imports=imports, call=call) == [f"ticking.driver:7 calls {name}"]


@pytest.mark.parametrize("call", ["asyncio.timeout(1)", "self.sleep()", "(lambda: 1)()", "sleep(1)"])
def test_other_calls_are_not(package: Path, call: str) -> None:
    assert found(package, imports="import asyncio", call=call) == []


@pytest.mark.parametrize(
    "imports",
    ["from ticking.wire import f", "import ticking.wire", "from ticking import wire", "from .wire import f"],
)
def test_what_the_driver_imports_of_its_own_package_counts(package: Path, imports: str) -> None:
    (package / "wire.py").write_text("import time\ndef f():\n    time.time()\n", encoding="utf-8")
    assert found(package, imports=imports) == ["ticking.wire:3 calls time.time"]


def test_what_is_imported_when_it_is_needed_does_not(package: Path) -> None:
    (package / "simulator.py").write_text("import time\ndef serve():\n    time.time()\n", encoding="utf-8")
    importlib.import_module("ticking.simulator")
    assert found(package) == []
