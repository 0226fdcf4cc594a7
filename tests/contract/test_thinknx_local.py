"""The driver ``thinknx-local`` keeps the contract, at its own simulator over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest

from interlock.testing import DriverContract, Rig
from interlock_thinknx.driver import ThinknxLocal
from interlock_thinknx.settings import ThinknxLocalSettings
from support.thinknx_rig import QUICK, thinknx_rig

pytestmark = pytest.mark.slow


def settings_at(url: str, password: str) -> ThinknxLocalSettings:
    address = {"host": "127.0.0.1", "port": urlsplit(url).port}
    who = {"auth": "basic", "username": "integrator", "password": password}
    return ThinknxLocalSettings.model_validate({**address, **who, **QUICK})


class TestThinknxLocal(DriverContract):
    driver = ThinknxLocal

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        right = partial(settings_at, password="correct horse/battery")
        wrong = partial(settings_at, password="wrong horse/battery")
        async with thinknx_rig(ThinknxLocal, right, wrong) as rig:
            yield rig
