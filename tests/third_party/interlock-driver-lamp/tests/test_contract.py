"""The driver keeps the contract of all drivers; its peer is a directory that may go away."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from interlock_driver_lamp.driver import LampDriver, LampSettings

from interlock import Point, Value
from interlock.testing import DriverContract, Rig, make_targets

LAMPS = {"desk": {"type": "lamp", "file": "desk"}, "shelf": {"type": "lamp", "file": "shelf"}}
GHOST = {"ghost": {"type": "lamp", "file": "ghost"}}


class TestLamp(DriverContract):
    driver = LampDriver

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Rig]:
        with tempfile.TemporaryDirectory() as folder:
            lamps, away = Path(folder) / "lamps", Path(folder) / "away"
            lamps.mkdir()
            yield rig_in(lamps, away)


def rig_in(lamps: Path, away: Path) -> Rig:
    settings = LampSettings(directory=lamps)

    def change(point: Point, value: Value) -> None:
        (lamps / point.device).write_text(str(value), encoding="ascii")

    def value(point: Point) -> Value | None:
        return int((lamps / point.device).read_text(encoding="ascii"))

    async def lose() -> None:
        await asyncio.to_thread(lamps.rename, away)

    async def regain() -> None:
        await asyncio.to_thread(away.rename, lamps)

    targets = make_targets(LampDriver, settings, LAMPS)
    for target in targets:
        change(target.point, 30)
    return Rig(
        settings=settings,
        targets=targets,
        unknown=make_targets(LampDriver, settings, GHOST)[0],
        change=change,
        value=value,
        lose=lose,
        regain=regain,
    )
