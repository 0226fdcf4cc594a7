"""A driver that keeps the contract passes each of its tests, told of changes or not."""

from __future__ import annotations

import pytest

from support.kettles import KettleContract

pytestmark = pytest.mark.slow


class TestKettle(KettleContract):
    pass


class TestToldKettle(KettleContract):
    is_told = True
