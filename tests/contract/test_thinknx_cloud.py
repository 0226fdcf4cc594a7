"""The driver ``thinknx-cloud`` keeps the contract, at its own simulator over real HTTPS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from interlock.testing import DriverContract, Rig
from interlock_thinknx.driver import ThinknxCloud
from interlock_thinknx.settings import ThinknxCloudSettings
from support.thinknx_rig import QUICK, thinknx_rig

pytestmark = pytest.mark.slow


def settings_at(url: str, key: str, ca: Path) -> ThinknxCloudSettings:
    return ThinknxCloudSettings.model_validate({"base_url": url, "key": key, "ca": ca, **QUICK})


class TestThinknxCloud(DriverContract):
    driver = ThinknxCloud

    @pytest.fixture(autouse=True)
    def _has_a_folder(self, tmp_path: Path) -> None:
        self.ca = tmp_path / "ca.pem"

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        right = partial(settings_at, key="correct+horse=battery", ca=self.ca)
        wrong = partial(settings_at, key="wrong+horse=battery", ca=self.ca)
        async with thinknx_rig(ThinknxCloud, right, wrong, self.ca) as rig:
            yield rig
