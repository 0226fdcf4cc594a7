"""How often commands arrive at a rig's peer."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.driver import Write
from interlock.model import Point, Value
from interlock.testing.basis import need
from interlock.testing.loops import until
from interlock.testing.rig import Rig
from interlock.testing.samples import is_same

_ADVICE = "a command is sent once; where a look belongs to it, let the rig count 'commands' apart"


class Arrivals:
    """The commands that arrive at a peer from now on."""

    def __init__(self, rig: Rig) -> None:
        self._count = need(rig.commands or rig.requests, "requests")
        self._start = self._count()
        self._rig = rig
        self._earlier = {target.point: len(self._log(target.point)) for target in rig.targets}

    @property
    def number(self) -> int:
        """How many there were."""
        return self._count() - self._start

    async def expect(self, given: Sequence[Write], *, before: int = 0) -> None:
        """Expect commands that succeeded, several of which may have travelled together.

        Args:
            given: What the driver was given since `before` was noted.
            before: What `number` was then.
        """
        names = ", ".join(f"{each.target.point} = {each.value}" for each in given)
        await until(lambda: self.number > before, f"{names} never reached the peer")
        assert self.number - before <= len(given), f"{names} reached the peer too often: {_ADVICE}"

    async def expect_taken(self, given: Sequence[Write]) -> None:
        """Expect that the devices took up all that was given since the beginning, in order, once each."""
        if self._rig.taken is None:
            return
        for point in {each.target.point for each in given if not each.target.capability.fields}:
            await self._expect_taken_at(point, [each.value for each in given if each.target.point == point])

    async def _expect_taken_at(self, point: Point, told: Sequence[Value | None]) -> None:
        await until(lambda: len(self._took(point)) >= len(told), f"{point} never took {list(told)}")
        took = self._took(point)
        assert len(took) == len(told), f"{point} was told {list(told)}, and took {list(took)}"
        assert all(map(_is_same, took, told)), f"{point} was told {list(told)}, and took {list(took)}"

    def _took(self, point: Point) -> Sequence[Value | None]:
        return self._log(point)[self._earlier[point] :]

    def _log(self, point: Point) -> Sequence[Value | None]:
        return self._rig.taken(point) if self._rig.taken else ()


def _is_same(took: Value | None, told: Value | None) -> bool:
    return took is None if told is None else is_same(took, told)
