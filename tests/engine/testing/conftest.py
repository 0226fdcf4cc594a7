"""For tests in which a driver is expected to fail."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture
def _failures_are_expected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits long for them, and what flawed drivers leave open is collected here."""
    monkeypatch.setattr("interlock.testing.loops.PATIENCE_S", 0.5)
    monkeypatch.setattr("interlock.testing.basis.PATIENCE_S", 0.5)
    monkeypatch.setattr("interlock.testing.basis._MARGIN_S", 0.1)
    # Only what a test itself left is looked through: after thousands of others the rest takes seconds.
    gc.freeze()
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
    gc.unfreeze()
